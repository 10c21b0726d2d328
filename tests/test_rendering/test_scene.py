"""The truth that goes with a rendered picture, checked on its pixels."""
import cv2
import numpy as np
import pytest

from pcloss_mmpose.rendering.layers import Patch, fixed
from pcloss_mmpose.rendering.layouts import LAYOUTS
from pcloss_mmpose.rendering.rows import read_shapes
from pcloss_mmpose.rendering.scene import paint, plan
from pcloss_mmpose.rendering.shape_model import figures, names, sample_shape
from pcloss_mmpose.rendering.visibility import CUT_OFF, OCCLUDED, VISIBLE

# Corners of the garment's silhouette, whatever the pose.
SILHOUETTE = ('neckline', 'waistband', 'top_hem', 'hemline')


@pytest.fixture(scope='module')
def scenes():
    recipe = LAYOUTS['fashionai'].recipe._replace(size=256, close_up=.2)
    return [plan(5, i, recipe) for i in range(150)]


def labelled(scene):
    """(name, point, state) of what an annotator would see or guess."""
    for name, point, state, gone in zip(names(), scene.points, scene.state,
                                        scene.absent):
        if not gone and state != CUT_OFF:
            yield name, point, state


def hard_mask(polygons, shape):
    mask = np.zeros(shape, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [fixed(polygon)], 1, cv2.LINE_8, 4)
    return mask


def around(mask, point, radius):
    """The mask's values around a point, zeros beyond the border."""
    x, y = point.astype(int) + radius
    padded = np.pad(mask, radius)
    return padded[y - radius:y + radius + 1, x - radius:x + radius + 1]


def test_landmarks_lie_on_the_edge_of_their_piece(scenes):
    checked = 0
    for scene in scenes:
        patches = [x for x in scene.layers if isinstance(x, Patch)]
        for name, point, _ in labelled(scene):
            own = [x for x in patches if name in x.marks]
            for patch in own[:1]:
                values = around(
                    hard_mask(patch.polygons, scene.shape), point, 2)
                assert values.any() and not values.all(), name
                checked += 1
    assert checked > 1000


def test_visible_corners_are_corners_of_the_painted_garment(scenes):
    parts = ('torso', 'sleeve_left', 'sleeve_right', 'waistband')
    for scene in scenes:
        garment = [q for x in scene.layers if isinstance(x, Patch)
                   and x.part in parts for q in x.polygons]
        mask = hard_mask(garment, scene.shape)
        for name, point, state in labelled(scene):
            if state == VISIBLE and name.startswith(SILHOUETTE):
                values = around(mask, point, 2)
                assert values.any() and not values.all(), name


def test_occluded_means_painted_over(scenes):
    seen = {VISIBLE: 0, OCCLUDED: 0}
    for scene in scenes:
        top = np.zeros(scene.shape, np.int32)
        patches = [x for x in scene.layers if isinstance(x, Patch)]
        for k, patch in enumerate(patches, 1):
            top[hard_mask(patch.polygons, scene.shape) > 0] = k
        for name, point, state in labelled(scene):
            x, y = point.astype(int)
            own = {k for k, patch in enumerate(patches, 1)
                   if name in patch.marks}
            if not own:
                continue
            seen[state] += 1
            if state == OCCLUDED:
                assert around(top, point, 2).max() > max(own), name
            else:
                assert own & set(around(top, point, 3).ravel()), name
    assert seen[OCCLUDED] > 150 and seen[VISIBLE] > 800


def test_landmarks_and_box_lie_on_the_picture(scenes):
    for scene in scenes:
        h, w = scene.shape
        x1, y1, x2, y2 = scene.box
        assert 0 <= x1 < x2 < w and 0 <= y1 < y2 < h
        assert max(h, w) == 256
        for name, (x, y), _ in labelled(scene):
            assert x1 <= x <= x2 and y1 <= y <= y2, name
            assert x == int(x) and y == int(y)


def test_rates_are_the_shape_models():
    recipe = LAYOUTS['fashionai'].recipe._replace(size=256)
    scenes = [plan(6, i, recipe) for i in range(700)]
    for category, c in figures()['categories'].items():
        own = [s for s in scenes if s.category == category]
        state = np.array([s.state for s in own])
        absent = np.array([s.absent for s in own])
        for stem in {names()[k].replace('_left', '').replace('_right', '')
                     for k in c['landmark_indices']}:
            pair = [k for k in c['landmark_indices'] if stem in
                    (names()[k], names()[k].replace('_left', '').replace(
                        '_right', ''))]
            rows = [c['landmark_indices'].index(k) for k in pair]
            gone = absent[:, pair].mean()
            assert abs(gone - c['p_absent'][rows].mean()) < .08, stem
            present = ~absent[:, pair] & (state[:, pair] != CUT_OFF)
            if present.sum() < 100:
                continue
            hidden = (state[:, pair] == OCCLUDED)[present].mean()
            model = (c['p_occluded'] / (1 - c['p_absent']))[rows].mean()
            assert abs(hidden - model) < .10, (category, stem)


def test_layouts_follow_the_shape_model():
    rng = np.random.default_rng(0)
    for category, c in figures()['categories'].items():
        shapes = np.stack([
            sample_shape(category, rng).points[c['landmark_indices']]
            for _ in range(400)
        ])
        np.testing.assert_allclose(shapes.mean(0), c['mean'], atol=.04)
        spread = np.sqrt((c['modes']**2).sum(0))
        np.testing.assert_allclose(shapes.std(0), spread, atol=.03)


def test_same_seed_same_bytes_and_other_seed_other_bytes():
    recipe = LAYOUTS['fld'].recipe._replace(size=96)
    first = [paint(plan(1, i, recipe), 1) for i in range(6)]
    again = [paint(plan(1, i, recipe), 1) for i in reversed(range(6))]
    other = [paint(plan(2, i, recipe), 2) for i in range(6)]
    assert first == again[::-1]
    assert not set(first) & set(other) and len(set(first)) == 6


def test_rows_of_a_csv_keep_their_landmarks(shared):
    path = str(shared / 'data/fashionai_real/val_6415.csv')
    rows = read_shapes(path)
    assert len(rows) > 6400
    recipe = LAYOUTS['fashionai'].recipe._replace(
        size=512, rows=rows[:40])
    given = {r.category: [] for r in rows[:40]}
    for r in rows[:40]:
        given[r.category].append(np.clip(r.points[~r.absent], 0, 511))
    for i in range(40):
        scene = plan(3, i, recipe)
        found = scene.points[~scene.absent]
        assert any(g.shape == found.shape and np.array_equal(g, found)
                   for g in given[scene.category])


@pytest.mark.parametrize('line, message', [
    ('a.jpg,blouse', r'csv:2: 2 fields, 26 are needed'),
    ('a.jpg,hat' + ',-1_-1_-1' * 24, r"csv:2: unknown category 'hat'"),
    ('a.jpg,blouse,1_2' + ',-1_-1_-1' * 23, r'csv:2: a landmark is not'),
    ('a.jpg,blouse,1_x_1' + ',-1_-1_-1' * 23, r'csv:2: a landmark is not'),
    ('a.jpg,blouse,1_2_1' + ',-1_-1_-1' * 23, r'no row with three'),
])
def test_bad_csv(tmp_path, line, message):
    path = tmp_path / 'bad.csv'
    header = ','.join(['image_id', 'image_category'] + names())
    path.write_text(header + '\n' + line + '\n')
    with pytest.raises(ValueError, match=message):
        read_shapes(str(path))
    path.write_text('something else\n')
    with pytest.raises(ValueError, match='csv:1: the header'):
        read_shapes(str(path))


def test_clutter_leaves_the_garment_alone():
    recipe = LAYOUTS['fld'].recipe._replace(size=128)
    scenes = [[plan(3, i, recipe._replace(clutter=c)) for i in range(40)]
              for c in (0., .5, 1.)]
    layers = [[len(x.layers) for x in row] for row in scenes]
    hidden = [sum((x.state == OCCLUDED).sum() for x in row) for row in scenes]
    for bare, some, full in zip(*scenes):
        np.testing.assert_array_equal(bare.points, full.points)
        assert len(some.layers) in (len(bare.layers), len(full.layers))
    assert sum(layers[0]) < sum(layers[1]) < sum(layers[2])
    assert hidden[0] < hidden[1] < hidden[2]
