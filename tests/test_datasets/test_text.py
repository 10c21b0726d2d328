"""Numbers read all at once are those that Python reads one by one."""
import random
import re

import numpy as np

from pcloss_mmpose.datasets.readers import text as readers

NUMBER = re.compile(r'-?[0-9]+(\.[0-9]+)?')
LIMIT = 10**7


def read(tokens):
    data = ' '.join(tokens).encode()
    lengths = np.array([len(t.encode()) for t in tokens], dtype=np.int64)
    starts = np.cumsum(lengths + 1) - lengths - 1
    return readers.to_numbers(
        np.frombuffer(data, dtype=np.uint8), starts, starts + lengths)


def expected(token):
    value = float(token) if NUMBER.fullmatch(token) else np.nan
    return value if abs(value) < LIMIT else np.nan


def test_random_tokens():
    rng = random.Random(0)
    tokens = [
        ''.join(rng.choices('0123456789' * 3 + '-.', k=rng.randint(1, 12)))
        for _ in range(20_000)
    ]
    wanted = np.array([expected(t) for t in tokens], dtype=np.float32)
    assert 1000 < np.isnan(wanted).sum() < 15_000
    np.testing.assert_array_equal(read(tokens), wanted)


def test_what_looks_like_a_number():
    tokens = [
        'nan', '1e3', '1_0', '+1', '-', '--1', '.5', '5.', '1.2.3', '0x1',
        '\u0663', 'inf', '1-2', '999999999', '9999999999', '-000000000', '007',
        '-086', '12.5', '300', '65536', '-2147483649', '9999999', '10000000',
        '-9999999', '0000000001', '9' * 100_000, '0' * 100_000 + '1'
    ]
    np.testing.assert_array_equal(
        read(tokens), np.array([expected(t) for t in tokens], np.float32))
    assert np.isnan(read(tokens)).sum() == 18


def test_more_than_a_block(monkeypatch):
    monkeypatch.setattr(readers, '_BLOCK', 7)
    tokens = [str(i) for i in range(-50, 50)]
    assert read(tokens).tolist() == list(range(-50, 50))
    assert read([]).tolist() == []
