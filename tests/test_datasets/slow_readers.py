"""Readers of the annotation files, one line and one token after the other.

They are written from the description of the formats, not from the readers of
the package, to tell what these must read and what they must refuse.
"""
import json
import os
import re
from decimal import Decimal

import numpy as np

BLANKS = re.compile('[ \t\n\r\x0b\x0c\x1c-\x1f]+')
COCO_CODE = {'0': 2, '1': 1, '2': 0}
# clothes_type: which of collar, sleeve, waistline, hem, left and right
SLOTS = {'1': (0, 1, 2, 3, 6, 7), '2': (4, 5, 6, 7), '3': tuple(range(8))}
CATEGORIES = ['blouse', 'outwear', 'dress', 'skirt', 'trousers']
# DeepFashion2's, with the number of landmarks
GARMENTS = [('short sleeve top', 25), ('long sleeve top', 33),
            ('short sleeve outwear', 31), ('long sleeve outwear', 39),
            ('vest', 15), ('sling', 15), ('shorts', 10), ('trousers', 14),
            ('skirt', 8), ('short sleeve dress', 29),
            ('long sleeve dress', 37), ('vest dress', 19), ('sling dress', 19)]


class Refused(Exception):
    """The file breaks the format."""


def need(condition):
    if not condition:
        raise Refused


def decode(data):
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError:
        raise Refused from None


def number(token):
    need(re.fullmatch('-?[0-9]+([.][0-9]+)?', token))
    need(abs(Decimal(token)) < 10_000_000)
    return np.float32(float(token)).item()


def check_name(name):
    need(name)
    need(not any(ord(c) < 32 or ord(c) == 127 for c in name))
    try:
        raw = os.fsencode(name)
    except UnicodeEncodeError:
        raise Refused from None
    need(len(raw) <= 4095)
    need(not name.startswith('/') and not re.match('[A-Za-z]:', name))
    need('\\' not in name and '://' not in name)
    for part in raw.split(b'/'):
        need(part != b'..' and len(part) <= 255)


def read_list(data):
    """Column names, and the line number and tokens of each row."""
    text = decode(data)
    lines = [[t for t in BLANKS.split(line) if t] for line in text.split('\n')]
    while lines and not lines[-1]:
        lines.pop()
    need(len(lines) >= 2)
    first, header, *rows = lines
    need(len(first) == 1 and re.fullmatch('[0-9]+', first[0]))
    count = first[0]
    need((count.lstrip('0') or '0') == str(len(rows)))
    need(header and header[0] == 'image_name')
    need(all(rows))
    names = [row[0] for row in rows]
    for name in names:
        check_name(name)
    need(len(set(names)) == len(names))
    return header, list(enumerate(rows, 3))


def check_header(header, columns):
    """Columns that the format has are where the format has them."""
    place = {name: i for i, name in enumerate(columns)}
    for i, name in enumerate(header):
        need(place.get(name, i) == i)


def check_end(data, rows):
    """The last number is not shorter than all above, or its line ends."""
    lengths = [len(row[-1]) for _, row in rows]
    if len(rows) > 1 and not BLANKS.search(decode(data)[-1:]):
        need(lengths[-1] >= min(lengths[:-1]))


def read_landmarks(data, variation):
    header, rows = read_list(data)
    need(header[1:2] == ['clothes_type'])
    need(('variation_type' in header) == variation)
    columns = ['image_name', 'clothes_type'] + ['variation_type'] * variation
    lead = len(columns)
    for i in range(1, 9):
        columns += [
            f'landmark_visibility_{i}', f'landmark_location_x_{i}',
            f'landmark_location_y_{i}'
        ]
    check_header(header, columns)
    check_end(data, rows)
    table = []
    for line, row in rows:
        need(len(row) > 1 and row[1] in SLOTS)
        slots = SLOTS[row[1]]
        need(len(row) == lead + 3 * len(slots))
        if variation:
            number(row[2])
        points = [[0., 0., 0.] for _ in range(8)]
        for i, slot in enumerate(slots):
            v, x, y = row[lead + 3 * i:lead + 3 * i + 3]
            need(v in COCO_CODE)
            point = [number(x), number(y), COCO_CODE[v]]
            if v != '2':
                points[slot] = point
        table.append((line, row[0], int(row[1]), points))
    return table


def read_boxes(data):
    header, rows = read_list(data)
    check_header(header, ['image_name', 'x_1', 'y_1', 'x_2', 'y_2'])
    check_end(data, rows)
    table = []
    for line, row in rows:
        need(len(row) == 5)
        x1, y1, x2, y2 = map(number, row[1:])
        need(x1 < x2 and y1 < y2)
        table.append((line, row[0], [x1, y1, x2, y2]))
    return table


def read_partition(data):
    table = []
    for line, row in read_list(data)[1]:
        need(len(row) == 2 and row[1] in ('train', 'val', 'test'))
        table.append((line, *row))
    return table


def read_csv(data, landmarks):
    lines = decode(data).split('\n')
    while lines and not BLANKS.sub('', lines[-1]):
        lines.pop()
    need(lines)
    strip = BLANKS.pattern
    lines = [re.sub(f'^{strip}|{strip}$', '', line) for line in lines]
    header = [cell.strip() for cell in lines[0].split(',')]
    need(header == ['image_id', 'image_category', *landmarks])
    table = []
    for line, text in enumerate(lines[1:], 2):
        row = text.split(',')
        need(len(row) == len(header))
        check_name(row[0])
        need(row[1] in CATEGORIES)
        points = []
        for cell in row[2:]:
            need(cell.count('_') == 2)
            x, y, v = cell.split('_')
            need(v in ('-1', '0', '1'))
            point = [number(x), number(y), int(v) + 1]
            points.append([0., 0., 0.] if v == '-1' else point)
        table.append((line, row[0], CATEGORIES.index(row[1]) + 1, points))
    return table


def is_number(value):
    return type(value) in (int, float) and -1e7 < value < 1e7


def read_json(data):
    try:
        coco = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused from None
    need(isinstance(coco, dict))
    for key in ('images', 'annotations'):
        need(isinstance(coco.get(key), list))
        need(all(isinstance(item, dict) for item in coco[key]))
    images = {}
    for image in coco['images']:
        if type(image.get('id')) is int:
            need(images.setdefault(image['id'], image) == image)
    table = []
    for ann in coco['annotations']:
        for key in ('id', 'image_id'):
            need(type(ann.get(key)) is int and -2**63 < ann[key] < 2**63)
        image = images.get(ann['image_id'])
        need(image is not None)
        need(isinstance(image.get('file_name'), str))
        check_name(image['file_name'])
        size = [image.get('width'), image.get('height')]
        need(all(is_number(v) and v > 0 for v in size))
        box, values = ann.get('bbox'), ann.get('keypoints')
        need(isinstance(box, list) and len(box) == 4)
        need(isinstance(values, list) and len(values) in (12, 18, 24))
        need(all(map(is_number, box + values)))
        x, y, w, h = box
        corners = np.array([x, y, x + w, y + h], dtype=np.float32).tolist()
        need(corners[0] < corners[2] and corners[1] < corners[3])
        kind = {12: '2', 18: '1', 24: '3'}[len(values)]
        points = [[0., 0., 0.] for _ in range(8)]
        for i, slot in enumerate(SLOTS[kind]):
            point = values[3 * i:3 * i + 3]
            need(point[2] in (0, 1, 2))
            if point[2]:
                points[slot] = np.array(point, dtype=np.float32).tolist()
        table.append(
            (ann['id'], ann['image_id'], image['file_name'], int(kind), points,
             corners, np.array(size, dtype=np.float32).tolist()))
    return table


def is_whole(value, least, most):
    return type(value) is int and least <= value <= most


def read_annos(data):
    """An annotation of DeepFashion2, with its items 1, 2, ..."""

    def refuse(constant):
        raise Refused

    try:
        content = json.loads(decode(data), parse_constant=refuse)
    except (ValueError, RecursionError):
        raise Refused from None
    need(isinstance(content, dict))
    source, pair = content.get('source'), content.get('pair_id')
    need(source == 'user' or source == 'shop')
    need(is_whole(pair, 0, 2**31 - 1))
    items = [key for key in content if key[:4] == 'item']
    need(items)
    need(set(items) == {f'item{i + 1}' for i in range(len(items))})
    table = []
    for i in range(1, len(items) + 1):
        item = content[f'item{i}']
        need(isinstance(item, dict))
        category = item.get('category_id')
        need(is_whole(category, 1, 13))
        name, number = GARMENTS[category - 1]
        need(item.get('category_name') == name)
        graded = [
            item.get(key)
            for key in ('scale', 'occlusion', 'zoom_in', 'viewpoint')
        ]
        need(all(is_whole(value, 1, 3) for value in graded))
        need(is_whole(item.get('style'), 0, 2**31 - 1))
        box, values = item.get('bounding_box'), item.get('landmarks')
        need(isinstance(box, list) and len(box) == 4)
        need(isinstance(values, list) and len(values) == 3 * number)
        need(all(map(is_number, box + values)))
        x1, y1, x2, y2 = box = np.array(box, dtype=np.float32).tolist()
        need(x1 < x2 and y1 < y2)
        points = [[0., 0., 0.] for _ in range(294)]
        first = sum(n for _, n in GARMENTS[:category - 1])
        for k in range(number):
            point = values[3 * k:3 * k + 3]
            need(point[2] in (0, 1, 2))
            if point[2]:
                points[first + k] = np.array(point, dtype=np.float32).tolist()
        table.append((i, category, points, box,
                      (item['style'], pair, *graded, source)))
    return table
