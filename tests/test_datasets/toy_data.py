"""A data set of four garments, and functions that write such files."""
import cv2
import numpy as np

# name, clothes_type, partition, box, (v, x, y) of each landmark
ROWS = [
    ('img/a.jpg', 1, 'train', (10, 20, 110, 140), [(0, 40, 30), (0, 60, 32),
                                                   (1, 20, 80), (0, 95, 82),
                                                   (2, 0, 0), (0, 80, 130)]),
    ('img/b.jpg', 2, 'train', (30, 15, 90, 150), [(0, 40, 20), (1, 80, 21),
                                                  (0, 35, 140), (0, 85, 141)]),
    ('img/c.jpg', 3, 'val', (12, 5, 112, 155), [(0, 45, 10), (0, 65, 11),
                                                (1, 20, 70), (0, 100, 71),
                                                (0, 40, 75), (0, 80, 76),
                                                (2, 0, 0), (0, 90, 150)]),
    ('img/d.jpg', 1, 'test', (11, 21, 111, 141), [(0, 41, 31), (0, 61, 33),
                                                  (0, 21, 81), (0, 96, 83),
                                                  (0, 30, 131), (1, 81, 131)]),
]

WIDTH, HEIGHT = 120, 160

# Formats of trees that the fixture make_tree writes: those whose annotations
# name the images, and all.
LAYOUTS = ('fld', 'deepfashion_c', 'fashionai', 'fld_json')
ALL_LAYOUTS = (*LAYOUTS, 'deepfashion2')


def write_image(path, width=WIDTH, height=HEIGHT):
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.arange(width, dtype=np.uint8)[None, :, None]
    cv2.imwrite(str(path), np.broadcast_to(ramp, (height, width, 3)).copy())


def landmark_line(name, clothes_type, landmarks, variation=True):
    return '    '.join([
        name, f'{clothes_type} 1' if variation else f'{clothes_type}'
    ]) + ' ' + ' '.join(f'{v} {x:03d} {y:03d}' for v, x, y in landmarks) + ' '


def write_list(path, header, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join([str(len(lines)), header] + lines) + '\n')
    return path
