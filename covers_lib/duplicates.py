"""Covers that were there before: the same picture again, and pictures that are much alike."""

import numpy as np

from covers_lib.audit import THUMB, Cover

SAME_BITS = 4  # perceptual hashes of one picture, saved anew, differ in so many of 64 bits
ALIKE_BITS = 10  # the same picture cropped or framed, or a variant of it
SAME_COLOURS = 25.0  # of 255: the hash sees no colour, and a series is printed in several


class Seen:
    """The covers packed so far, to find earlier copies of the next one.

    `find` names an earlier cover that shows the same picture; `groups` tells which covers are much
    alike, so that no copy of a training cover is held out. Two covers are the same if their
    perceptual hashes (pHash, by ImageHash: which low frequencies are above their median)
    differ in `SAME_BITS` or fewer and their colours by `SAME_COLOURS` or less, root mean square.

    Derived in: book/02_preprocessing
    """

    def __init__(self, most: int):
        self.count = 0
        self.hashes = np.empty(most, np.uint64)
        self.thumbs = np.empty((most, THUMB, THUMB, 3), np.uint8)
        self.exact: dict[str, int] = {}
        self.leader = np.arange(most)  # each cover's group, named by the first cover in it

    def find(self, cover: Cover) -> int | None:
        """Give the index of an earlier cover that shows the same picture, if there is one.

        Derived in: book/02_preprocessing
        """
        if cover.digest in self.exact:
            return self.exact[cover.digest]
        close = self._within(cover, SAME_BITS)
        apart = self.thumbs[close].astype(np.float32) - cover.thumb
        same = close[np.sqrt((apart**2).mean((1, 2, 3))) <= SAME_COLOURS]
        return int(same[0]) if len(same) else None

    def add(self, cover: Cover) -> None:
        """Remember a cover under the next index.

        Derived in: book/02_preprocessing
        """
        index = self.count
        earlier = self.exact.setdefault(cover.digest, index)
        alike = self._within(cover, ALIKE_BITS) if earlier == index else [earlier]
        groups = {int(self.leader[other]) for other in alike}
        self.hashes[index], self.thumbs[index] = cover.phash, cover.thumb
        self.count += 1
        if groups:  # this cover joins them into one
            first = min(groups)
            self.leader[index] = first
            for group in groups - {first}:
                self.leader[: self.count][self.leader[: self.count] == group] = first

    def groups(self) -> np.ndarray:
        """Give each cover's group as the index of its first member, (N,) int.

        Derived in: book/02_preprocessing
        """
        return self.leader[: self.count]

    def _within(self, cover: Cover, bits: int) -> np.ndarray:
        apart = np.bitwise_count(self.hashes[: self.count] ^ np.uint64(cover.phash))
        return np.flatnonzero(apart <= bits)
