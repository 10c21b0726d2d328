"""Annotation files as hands, scripts, editors and broken downloads leave them.

Each takes bytes and a random number generator, and gives bytes.
"""
import gzip
import json
import re

NUMBERS = [
    '0', '1', '2', '3', '00', '01', '-0', '-1', '+5', '0.0', '1.0', '2.', '.5',
    '1.00000000001', '12.5', '1e3', '0x10', '1_000', 'nan', 'inf', '-inf',
    'Infinity', '9999999', '10000000', '-10000000', '16777217', '99999999999',
    '9' * 400, '1' * 100_000, '0' * 300 + '7', '\u0661\u0662', '\uff11',
    '1\xb2', '1,5', '12\x0034', '', '-', '\u2212'
    '5', 'null', 'True', '1.5.2'
]
NAMES = [
    '../x.jpg', 'img/../../x.jpg', 'img/..', '..', '/etc/passwd', '//h/x.jpg',
    'C:\\x.jpg', 'c:/x.jpg', 'img\\a.jpg', 'http://a.b/x.jpg', 's3://b/x.jpg',
    'img/a b.jpg', 'img/\xe9.jpg', 'img/e\u0301.jpg', 'img/\u5f35.jpg',
    'img/' + 'n' * 255, 'img/' + 'n' * 256, 'img/' + '\xe9' * 128,
    'd/' * 3000 + 'x.jpg', 'img/a\x00.jpg', 'img/a\x1b[1m.jpg', 'img/\x7f.jpg',
    'IMG/A.JPG', './img/a.jpg', 'img//a.jpg', 'img/a..b.jpg', 'img/...',
    '~/x.jpg', 'img/\xa0.jpg', '\u3000', '\ufeffimg/a.jpg', '"img/a.jpg"',
    'img', 'img/', '.', '-', '%2e%2e/x.jpg', '$HOME/x.jpg', 'img/a:b.jpg'
]
WORDS = [
    'train', 'val', 'test', 'Train', 'dev', 'image_name', 'variation_type',
    'clothes_type', 'landmark_location_y_1', 'x_2', 'blouse', 'Dress',
    'image_id', '1_2_1', '-1_-1_-1', '1_2_-0', '1_2_2', '1_2_1_1', '5_6_01'
]
INSERTS = [
    b'\0', b'\xff', b'\xef\xbb\xbf', b'\xc2\xa0', b'\xe3\x80\x80', b'\r',
    b'\n', b'\n\n', b' ', b'\t', b'\x0c', b'\x1c', b',', b'_', b'-', b'"',
    b'\xed\xa0\x80', b'#', b'\xe2\x80\xa8', b'{', b'}', b'[', b']', b'\\'
]


def flip(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def cut(data, rng):
    return data[:rng.randint(0, len(data))]


def cut_end(data, rng):
    return data[:max(0, len(data) - rng.randint(0, 8))]


def cut_start(data, rng):
    return data[rng.randint(0, len(data)):]


def insert(data, rng):
    i = rng.randint(0, len(data))
    return data[:i] + rng.choice(INSERTS) + data[i:]


def _parts(pattern):
    """Change one of the parts of the file that match a pattern."""

    def change(data, rng):
        spans = [m.span() for m in re.finditer(pattern, data)]
        if not spans:
            return data
        a, b = rng.choice(spans)
        c, d = rng.choice(spans)
        part, other = data[a:b], data[c:d]
        new = rng.choice([
            b'', part + b' ' + part, part + part, other, other + b' ' + part,
            part.upper(), part[:-1], part[1:], part + b'0', b'-' + part
        ])
        return data[:a] + new + data[b:]

    return change


def _replace(pattern, words):

    def change(data, rng):
        spans = [m.span() for m in re.finditer(pattern, data)]
        if not spans:
            return data
        a, b = rng.choice(spans)
        return data[:a] + rng.choice(words).encode() + data[b:]

    return change


def lines(data, rng):
    rows = data.split(b'\n')
    for _ in range(rng.choice([1, 1, 2])):
        i, j = rng.randrange(len(rows)), rng.randrange(len(rows))
        what = rng.randrange(5)
        if what == 0 and len(rows) > 1:
            del rows[i]
        elif what == 1:
            rows.insert(j, rows[i])
        elif what == 2:
            rows[i], rows[j] = rows[j], rows[i]
        elif what == 3:
            rows.insert(i, b'')
        else:
            rng.shuffle(rows)
    return b'\n'.join(rows)


def column(data, rng):
    """Drop or double a column of all rows, or swap two."""
    separator = b',' if b',' in data else b' '
    rows = [[t for t in row.split(separator) if t]
            for row in data.split(b'\n')]
    i, j, what = rng.randrange(30), rng.randrange(30), rng.randrange(3)
    for row in rows[rng.randrange(3):]:
        if max(i, j) < len(row):
            if what == 0:
                del row[i]
            elif what == 1:
                row.insert(j, row[i])
            else:
                row[i], row[j] = row[j], row[i]
    return b'\n'.join(separator.join(row) for row in rows)


def encoding(data, rng):
    what = rng.randrange(9)
    if what < 3:
        ends = [b'\r\n', b'\r', b'\n\r'][what]
        return data.replace(b'\n', ends)
    text = data.decode('utf-8', 'replace')
    return [
        b'\xef\xbb\xbf' + data, b'\xef\xbb\xbf' * 2 + data,
        text.encode('utf-16', 'replace'),
        text.encode('utf-16-le', 'replace'),
        gzip.compress(data, mtime=0),
        data.replace(b' ', b'\xc2\xa0')
    ][what - 3]


def whole(data, rng):
    head = data.split(b'\n')
    return rng.choice([
        b'', b'\n', b' \n \n', b'\xef\xbb\xbf', b'\0' * 100,
        b'\n'.join(head[:1]), b'\n'.join(head[:2]), b'\n'.join(head[:2] * 2),
        b'0\n' + b'\n'.join(head[1:2]) + b'\n', data + data, b'[' * 100_000,
        b'{}', b'null',
        data.swapcase(),
        data.rstrip(), data + b'\n' * 5, b'{"images": [], "annotations": []}'
    ])


def count(data, rng):
    first, _, rest = data.partition(b'\n')
    new = rng.choice([
        b'0', b'+4', b'4.0', b'-4', b'1e1', b'04', b'4 4', b'9' * 100_000,
        '\u0664'.encode(), '\uff14'.encode(), '\u2463'.encode(), b'',
        first + b'0',
        str(rest.count(b'\n') - 1).encode()
    ])
    return new + b'\n' + rest


def recount(data):
    """Make the row count of a list right."""
    rows = data.split(b'\n')
    number = sum(bool(row.strip()) for row in rows[2:])
    return b'\n'.join([b'%d' % number, *rows[1:]])


VALUES = [
    None, True, False, 0, 1, 2, -1, 3, 0.5, 0.99999999999999, 1e-30, 1e7, 1e39,
    1e308,
    float('nan'),
    float('inf'), 10**30, 10**400, 2**63, '1', 'nan', '', [], [1], [[1]], {}, {
        'id': 1
    }, [5], [1, 2, 3, 4], [None] * 12, [0] * 24, [1] * 25, [[1, 2, 2]] * 8,
    ['1'] * 12, [True] * 12, 7, 8, '\ud800', '\udce9.jpg', *NAMES
]


def tree(data, rng):
    """Change, drop, double or swap values of a json."""
    try:
        coco = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places = []

    def walk(node):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in list(items):
            places.append((node, key))
            if isinstance(value, (dict, list)):
                walk(value)

    if isinstance(coco, (dict, list)):
        walk(coco)
    if places:
        node, key = rng.choice(places)
        other, at = rng.choice(places)
        what = rng.randrange(5)
        if what == 0:
            del node[key]
        elif what == 1 and isinstance(node, list):
            node.insert(key, node[key])
        elif what == 2:
            try:  # a copy, since it may be the one around
                node[key] = json.loads(json.dumps(other[at]))
            except ValueError:
                return data
        else:
            node[key] = rng.choice(VALUES)
    return json.dumps(coco).encode()


TOKEN = rb'[^ ,\n"{}\[\]:]+'
NUMBER = rb'-?(?<![\w./])[0-9][0-9.]*(?![\w./])|-?[0-9]+(?=_)|(?<=_)-?[0-9]+'
NAME = rb'[\w./-]+\.jpg'
COMMON = [
    flip, cut, cut_end, cut_start, insert, insert,
    _parts(TOKEN),
    _replace(TOKEN, NUMBERS + WORDS + NAMES),
    _replace(NUMBER, NUMBERS),
    _replace(NAME, NAMES),
    _parts(NAME), lines, column, encoding, whole
]
LIST = COMMON + [count]
CSV = COMMON
JSON = COMMON + [tree] * 8


def mutate(data, rng, mutations):
    """One change or a few; of a list, sometimes with a right count."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        data = rng.choice(mutations)(data, rng)
        if len(data) > 20_000:
            break
    if mutations is LIST and rng.random() < .5:
        data = recount(data)
    return data
