"""From files to a pack, and from a pack to batches."""

from covers_lib.data import audit, statistics
from covers_lib.data.pack import Pack, batches, prepare, synthetic_pack
from covers_lib.data.packing import held_out
from covers_lib.data.sources import FileItem, open_image

__all__ = [
    "FileItem",
    "Pack",
    "audit",
    "batches",
    "held_out",
    "open_image",
    "prepare",
    "statistics",
    "synthetic_pack",
]
