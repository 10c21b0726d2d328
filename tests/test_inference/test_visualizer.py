import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.structures import PoseDataSample

from pcloss_mmpose.datasets import FashionAIDataset, FLDDataset
from pcloss_mmpose.deploy import Landmarks, draw_garments, given_garments
from pcloss_mmpose.deploy.labels import place_labels
from pcloss_mmpose.inference import GarmentVisualizer

BLUE, ORANGE = (86, 180, 233), (230, 159, 0)


def sample(points, scores, box, kind=None):
    instances = InstanceData(
        keypoints=np.array([points], dtype=np.float32),
        keypoint_scores=np.array([scores], dtype=np.float32),
        bboxes=np.array([box], dtype=np.float32),
        bbox_scores=np.array([.5], dtype=np.float32),
        garments=[kind])
    return PoseDataSample(pred_instances=instances)


def draw(image, data_sample, metainfo=FLDDataset.METAINFO):
    visualizer = GarmentVisualizer()
    visualizer.set_dataset_meta(parse_pose_metainfo(metainfo))
    return visualizer.add_datasample('', image, data_sample)


def count(image, colour):
    return int((image == np.array(colour)).all(-1).sum())


def test_landmarks_are_where_they_are_in_small_and_large_pictures():
    for width in (36, 360, 3600):
        unit = width / 36
        points = np.zeros((8, 2))
        points[0], points[1] = (9, 9), (27, 18)
        scores = [.9, .2] + [0] * 6
        image = np.zeros((width * 3 // 4, width, 3), dtype=np.uint8)
        drawn = draw(image, sample(points * unit, scores, [0, 0, 1, 1]))
        zoom = max(1, 720 / width)
        assert drawn.shape == (round(len(image) * zoom), width * zoom, 3)
        centres = np.round((points[:2] * unit + .5) * zoom - .5).astype(int)
        (x0, y0), (x1, y1) = centres
        assert tuple(drawn[y0, x0]) == BLUE
        # unsure: a ring, of which the middle is not filled
        assert tuple(drawn[y1, x1]) != ORANGE
        around = drawn[y1 - round(6 * unit * zoom / 20):y1,
                       x1 - 2:x1 + 2].reshape(-1, 3)
        assert ORANGE in set(map(tuple, around.tolist()))


def test_absent_landmarks_and_the_whole_picture_leave_no_trace():
    image = np.full((540, 720, 3), 40, dtype=np.uint8)
    before = image.copy()
    points, scores = np.full((8, 2), 50.), [0.] * 8
    drawn = draw(image, sample(points, scores, [0, 0, 720, 540]))
    assert np.array_equal(drawn, before)
    # a box, and the garment's type
    drawn = draw(image, sample(points, scores, [90, 90, 400, 400], 'lower'))
    assert tuple(drawn[90, 200]) == (255, 255, 255)
    assert count(drawn[60:90], (255, 255, 255)) > 500
    assert np.array_equal(image, before)  # the caller's picture


def test_a_name_does_not_repeat_the_type():
    """Of which each of up to 39 landmarks would have a copy."""
    image = np.full((540, 720, 3), 40, dtype=np.uint8)
    garments = given_garments([(0, 0, 720, 540)], ['vest dress'])
    landmarks = Landmarks(np.full((1, 1, 2), 200.), np.ones((1, 1)))

    def drawn(name):
        return draw_garments(image, garments, landmarks, [name])

    assert np.array_equal(drawn('vest dress 7'), drawn('7'))
    assert not np.array_equal(drawn('vest 7'), drawn('7'))


def test_sides_and_links():
    image = np.full((540, 720, 3), 40, dtype=np.uint8)
    points = np.random.default_rng(0).uniform(60, 480, (24, 2))
    drawn = draw(image, sample(points, [.9] * 24, [0, 0, 720, 540]),
                 FashionAIDataset.METAINFO)
    for colour in (BLUE, ORANGE, (255, 255, 255)):
        assert count(drawn, colour) > 500


@pytest.mark.parametrize('number', [8, 24])
def test_names_do_not_cover_one_another(number):
    rng = np.random.default_rng(number)
    covered = 0
    for _ in range(20):
        points = rng.uniform(80, (640, 880), (number, 2))
        boxes = np.array(
            place_labels(points, [(130, 16)] * number, (720, 960), 7))
        assert np.allclose(boxes[:, 2:] - boxes[:, :2], (130, 16))
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2:] <= (720, 960)).all()
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        shared = np.maximum(high - low, 0).prod(-1)
        covered += (shared.sum() - 130 * 16 * number) / 2
    # a hundredth of the area of the names
    assert covered <= 0.01 * 20 * number * 130 * 16


def test_names_of_one_place():
    boxes = np.array(place_labels(np.full((4, 2), 300.), [(100, 14)] * 4,
                                  (600, 600), 7))  # yapf: disable
    assert len(np.unique(boxes, axis=0)) == 4
