"""Images of all sorts through the loader of the configs and the stock one."""
import argparse
import multiprocessing
import os
import resource
import time
from pathlib import Path

import cv2
import numpy as np
from common import store
from mmpose.registry import TRANSFORMS
from mmpose.utils import register_all_modules
from PIL import Image

from pcloss_mmpose.datasets.readers import image_size


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', type=Path, default=Path('work_dirs/images'))
    return parser.parse_args()


def make(folder: Path) -> dict:
    """Each image and what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (12, 9, 3), dtype=np.uint8)
    picture = Image.fromarray(cv2.resize(
        small, (150, 200), interpolation=cv2.INTER_CUBIC))
    files = {}

    def save(what, name, image, **options):
        if not (folder / name).exists():  # minutes for the largest
            image.save(folder / name, **options)
        files[what] = folder / name

    save('JPEG', 'plain.jpg', picture)
    whole = (folder / 'plain.jpg').read_bytes()
    for share in (90, 50, 10):
        cut = folder / f'cut{share}.jpg'
        cut.write_bytes(whole[:len(whole) * share // 100])
        files[f'JPEG, the first {share} % of the file'] = cut
    exif = Image.Exif()
    exif[0x0112] = 6
    save('JPEG, turned by EXIF', 'exif.jpg', picture, exif=exif)
    save('JPEG, grayscale', 'gray.jpg', picture.convert('L'))
    save('JPEG, CMYK', 'cmyk.jpg', picture.convert('CMYK'))
    save('JPEG, progressive', 'progressive.jpg', picture, progressive=True)
    tail = folder / 'tail.jpg'
    tail.write_bytes(whole + b'bytes after the end')
    files['JPEG with bytes after its end'] = tail
    flipped = bytearray(whole)
    flipped[len(whole) // 2:len(whole) // 2 + 20] = bytes(20)
    (folder / 'flipped.jpg').write_bytes(flipped)
    files['JPEG, 20 bytes zeroed in the middle'] = folder / 'flipped.jpg'
    save('PNG', 'plain.png', picture)
    png = (folder / 'plain.png').read_bytes()
    (folder / 'cut.png').write_bytes(png[:len(png) // 2])
    files['PNG, the first 50 % of the file'] = folder / 'cut.png'
    save('PNG, RGBA', 'rgba.png', picture.convert('RGBA'))
    save('PNG, palette', 'palette.png', picture.convert('P'))
    cv2.imwrite(str(folder / 'deep.png'),
                np.asarray(picture).astype(np.uint16)[..., ::-1] * 257)
    files['PNG, 16 bits'] = folder / 'deep.png'
    save('GIF, animated', 'moving.gif', picture, save_all=True,
         append_images=[picture.rotate(90)])
    save('WebP', 'plain.webp', picture)
    save('1x1', 'one.png', picture.resize((1, 1)))
    save('20,000 x 10', 'wide.jpg', Image.new('RGB', (20000, 10)))
    save('20,000 x 20,000', 'huge.jpg', Image.new('RGB', (20000, 20000)))
    save('33,000 x 33,000, over OpenCV\'s limit', 'over.png',
         Image.new('1', (33000, 33000)))
    (folder / 'empty.jpg').write_bytes(b'')
    files['an empty file'] = folder / 'empty.jpg'
    (folder / 'text.jpg').write_text('not found\n')
    files['a text called .jpg'] = folder / 'text.jpg'
    files['no file'] = folder / 'missing.jpg'
    (folder / 'folder.jpg').mkdir(exist_ok=True)
    files['a folder called .jpg'] = folder / 'folder.jpg'
    return files


def load(loader: str, path: str) -> dict:
    """What comes of it, and of the reader of its size."""
    transform = TRANSFORMS.build(dict(type=loader))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.time()
    out = {}
    try:
        img = transform(dict(img_path=path))['img']
        out.update(read=list(img.shape), type=str(img.dtype))
    except Exception as error:
        text = ' '.join(str(error).replace(os.path.dirname(path) + '/',
                                           '').split())
        out.update(error=type(error).__name__, message=text)
    out['seconds'] = round(time.time() - start, 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out['mb'] = round((peak - before) / 1024)
    try:
        out['header'] = list(image_size(path))
    except (OSError, ValueError) as error:
        out['header'] = ' '.join(str(error).replace(
            os.path.dirname(path) + '/', '').split())
    return out


def main():
    args = parse_args()
    register_all_modules()
    cv2.setNumThreads(1)
    rows = []
    for what, path in make(args.work.resolve()).items():
        row = dict(what=what)
        for key, loader in (('ours', 'LoadGarmentImage'),
                            ('stock', 'LoadImage')):
            # Each in a process of its own: its peak of memory is its own.
            with multiprocessing.get_context('fork').Pool(1) as pool:
                row[key] = pool.apply(load, (loader, str(path)))
        rows.append(row)
        store('images', rows)
        print(what, row['ours'], row['stock'], sep='\n  ', flush=True)


if __name__ == '__main__':
    main()
