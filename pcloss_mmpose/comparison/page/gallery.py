"""What the page's gallery shows of each test image."""
import base64
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from ...datasets.readers import read_image
from ...evaluation.functional import count_duplicates
from ..run import Run, short_names
from ..seeds import Model

# Bounds a page: 2,000 images of the smaller side are about 10 MB.
_SIDE, _MANY, _SIDE_OF_MANY = 320, 500, 160


def gallery_items(models: Sequence[Model]) -> List[dict]:
    """One entry a garment, ready for JSON; of each model the first seed.

    ``picture`` is a JPEG in base64, or None, and ``why`` says why. ``truth``
    is K of [x, y, visibility], None where absent. Errors are in % of the
    run's unit, None where not visible. Positions are in pixels of the
    picture, whose corner is (0, 0).
    """
    runs = [model.runs[0] for model in models]
    truth = runs[0]
    labelled = truth.visibility > 0
    counted = labelled & ~np.isnan(truth.size[:, :1])
    distances = [run.distances() for run in runs]
    duplicates = [
        count_duplicates(run.pred, run.gt, counted, run.size,
                         run.rules.duplicate)[0] for run in runs
    ]
    names = short_names(truth.images)
    side = _SIDE if len(names) <= _MANY else _SIDE_OF_MANY
    items = []
    for n in track(
            range(len(names)),
            'images of the page',
            console=Console(stderr=True),
            transient=True):
        picture, why, box, scale = _picture(runs, n, side)
        points = [_places(run.pred[n], box, scale) for run in runs]
        gt = _places(truth.gt[n], box, scale)
        items.append(
            dict(
                name=names[n],
                kind=truth.categories[n],
                picture=picture,
                why=why,
                width=round(float(box[2] - box[0]) * scale, 1),
                height=round(float(box[3] - box[1]) * scale, 1),
                truth=[[*xy, int(v)] if v else None
                       for xy, v in zip(gt, truth.visibility[n])],
                models=[
                    dict(
                        points=points[m],
                        errors=[_percent(e) for e in distances[m][n]],
                        error=_mean(distances[m][n]),
                        outliers=int((distances[m][n]
                                      > truth.rules.outlier).sum()),
                        duplicates=int(duplicates[m][n]))
                    for m in range(len(runs))
                ]))
    return items


def _percent(error: float) -> Optional[float]:
    return None if np.isnan(error) else round(100 * float(error), 4)


def _mean(errors: np.ndarray) -> Optional[float]:
    visible = errors[~np.isnan(errors)]
    return _percent(visible.mean()) if len(visible) else None


def _places(xy: np.ndarray, box: np.ndarray, scale: float) -> list:
    # Pixel centres are whole numbers, the picture's corner is at -0.5.
    return np.round((xy + 0.5 - box[:2]) * scale, 1).tolist()


def _picture(runs: Sequence[Run], n: int, side: int
             ) -> Tuple[Optional[str], Optional[str], np.ndarray, float]:
    """The garment as JPEG or why not, the part of the image, the scale."""
    truth = runs[0]
    labelled = truth.visibility[n] > 0
    seen = np.concatenate(
        [truth.boxes[n].reshape(2, 2), truth.gt[n][labelled]] +
        [run.pred[n][labelled] for run in runs])
    low, high = seen.min(0), seen.max(0)
    pad = 0.08 * (high - low).max() + 1
    low, high = np.floor(low - pad), np.ceil(high + pad)
    why = None
    try:
        image = read_image(truth.images[n])
    except ValueError as error:
        why = str(error)
    else:
        inside = np.clip([low, high], 0, image.shape[1::-1])
        if (inside[1] - inside[0]).min() >= 1:
            low, high = inside
        else:
            why = f'{truth.images[n]}: the box is outside of the image'
    box = np.concatenate([low, high])
    scale = side / max(1., float((high - low).max()))
    if why:
        return None, why, box, scale
    x1, y1, x2, y2 = box.astype(int).tolist()
    part = image[y1:y2, x1:x2]
    size = [max(1, round(scale * length)) for length in (x2 - x1, y2 - y1)]
    small = cv2.resize(
        part,
        tuple(size),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    jpeg = cv2.imencode('.jpg', small, [cv2.IMWRITE_JPEG_QUALITY, 78])[1]
    return base64.b64encode(jpeg.tobytes()).decode(), None, box, scale
