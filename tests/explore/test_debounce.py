import asyncio
import time

from covers_lib.explore.debounce import Latest


def test_without_a_loop_every_request_is_answered_at_once():
    times = []
    latest = Latest(times.append, pause=10)
    before = time.perf_counter()
    latest.request()
    latest.request()
    assert len(times) == 2 and before <= times[0] <= times[1] <= time.perf_counter()


def test_of_requests_that_come_together_only_the_last_is_answered():
    state, seen = [0], []
    latest = Latest(lambda _asked: seen.append(state[0]), pause=0.01)

    async def drag():
        for state[0] in range(1, 8):
            latest.request()
        assert not seen
        await asyncio.sleep(0.2)

    asyncio.run(drag())
    assert seen == [7]


def test_values_that_wait_while_a_picture_is_made_are_dropped():
    state, seen = [0], []

    def slow(_asked):
        seen.append(state[0])
        time.sleep(0.05)  # the loop is blocked, as a kernel is

    latest = Latest(slow, pause=0.002)

    async def drag():
        async def arrive(value):
            await asyncio.sleep(0.005 * value)
            state[0] = value
            latest.request()

        await asyncio.gather(*(arrive(value) for value in range(40)))
        await asyncio.sleep(0.2)

    asyncio.run(drag())
    assert seen[-1] == 39 and len(seen) < 20


def test_requests_without_an_end_are_answered_too():
    seen = []
    latest = Latest(seen.append, pause=0.02)

    async def drag():
        for _ in range(60):
            latest.request()
            await asyncio.sleep(0.005)

    asyncio.run(drag())
    assert seen


def test_the_time_is_that_of_the_first_request_that_is_answered():
    seen = []
    latest = Latest(seen.append, pause=0.01)

    async def twice():
        before = time.perf_counter()
        latest.request()
        after = time.perf_counter()
        latest.request()
        await asyncio.sleep(0.1)
        latest.request()
        await asyncio.sleep(0.1)
        return before, after

    before, after = asyncio.run(twice())
    assert len(seen) == 2 and before <= seen[0] <= after and seen[1] >= seen[0] + 0.09


def test_a_request_of_a_loop_that_has_gone_stops_nothing():
    seen = []
    latest = Latest(seen.append, pause=0.01)

    async def once(wait):
        latest.request()
        await asyncio.sleep(wait)

    asyncio.run(once(0))
    asyncio.run(once(0.1))
    assert len(seen) == 1
