"""DeepFashion2 as downloaded: a json for each image."""
import copy
import json
import os
import pickle
import shutil
import signal
from functools import partial

import cv2
import numpy as np
import pytest
from deepfashion2_tree import HEIGHT, WIDTH, make_item, write_split
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from pcloss_mmpose.datasets import DeepFashion2AnnosDataset
from pcloss_mmpose.datasets.readers import deepfashion2_annos as reader
from pcloss_mmpose.datasets.readers.deepfashion2_annos import (CATEGORIES,
                                                               NUM_LANDMARKS,
                                                               own_landmarks)
from pcloss_mmpose.functional import log_penalty, position_constraint
from pcloss_mmpose.groups import left_right_groups

STOCK = parse_pose_metainfo(
    dict(from_file='configs/_base_/datasets/deepfashion2.py'))
OWN = parse_pose_metainfo(DeepFashion2AnnosDataset.METAINFO)


@pytest.fixture
def tree(tmp_path):
    return write_split(tmp_path / 'tree')


def build(tree, **kwargs):
    return DATASETS.build(
        dict(type='DeepFashion2AnnosDataset', data_root=str(tree), **kwargs))


def contents(tree, split='train'):
    return {
        int(file.stem): json.loads(file.read_text())
        for file in sorted((tree / split / 'annos').glob('*.json'))
    }


def rewrite(tree, change, number=2):
    """Change the content of an annotation."""
    file = tree / f'train/annos/{number:06d}.json'
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def test_every_item_is_a_sample(tree):
    dataset = build(tree)
    found = [(number, item) for number, content in contents(tree).items()
             for key, item in content.items() if key.startswith('item')]
    assert len(dataset) == len(found) == 26
    for i, (number, item) in enumerate(found):
        info = dataset.get_data_info(i)
        content = contents(tree)[number]
        assert info['img_id'] == number
        assert info['img_path'] == f'{tree}/train/image/{number:06d}.jpg'
        assert info['category_id'] == item['category_id']
        assert info['category'] == item['category_name']
        assert info['bbox'].tolist() == [item['bounding_box']]
        own = own_landmarks(item['category_id'])
        landmarks = np.reshape(item['landmarks'], (-1, 3))
        raw = np.reshape(info['raw_ann_info']['keypoints'], (294, 3))
        np.testing.assert_array_equal(raw[own], landmarks)
        np.testing.assert_array_equal(info['keypoints'][0, own],
                                      landmarks[:, :2])
        np.testing.assert_array_equal(info['keypoints_visible'][0, own],
                                      landmarks[:, 2] > 0)
        raw[own] = 0
        assert not raw.any()
        assert info['keypoints_visible'].sum() == info['num_keypoints']
        for key in ('style', 'scale', 'occlusion', 'zoom_in', 'viewpoint'):
            assert info['raw_ann_info'][key] == item[key]
        for key in ('source', 'pair_id'):
            assert info['raw_ann_info'][key] == content[key]


def test_as_mmpose_reads_its_own_samples(tmp_path, shared):
    """MMPose's two photographs, written back as they were downloaded."""
    source = shared / 'data/mmpose_samples/deepfasion2'
    coco = json.loads((source / 'deepfasion2.json').read_text())
    for folder in ('annos', 'image'):
        (tmp_path / 'train' / folder).mkdir(parents=True)
    for a in coco['annotations']:
        x, y, w, h = a['bbox']
        own = own_landmarks(a['category_id'])
        item = dict(
            make_item(np.random.default_rng(0), a['category_id']),
            bounding_box=[x, y, x + w, y + h],
            style=a['style'],
            landmarks=a['keypoints'][3 * own.start:3 * own.stop])
        name = f'{a["image_id"]:06d}'
        shutil.copy(source / f'{name}.jpg', tmp_path / 'train/image')
        (tmp_path / f'train/annos/{name}.json').write_text(
            json.dumps(dict(source='shop', pair_id=a['pair_id'], item1=item)))
    ours = build(tmp_path)
    theirs = DATASETS.build(
        dict(
            type='DeepFashion2Dataset',
            ann_file=str(source / 'deepfasion2.json'),
            data_prefix=dict(img=str(source))))
    assert len(ours) == len(theirs) == 2
    for i in range(2):
        a, b = ours.get_data_info(i), theirs.get_data_info(i)
        for key in ('keypoints', 'keypoints_visible', 'bbox'):
            np.testing.assert_array_equal(a[key], b[key])
        assert a['img_id'] == b['img_id']
        assert a['raw_ann_info']['area'] == b['raw_ann_info']['area']


def test_left_out_are_items_without_a_landmark(tree, log):
    rewrite(
        tree, lambda c: c['item1'].update(landmarks=[0] * len(c['item1'][
            'landmarks'])))
    assert len(build(tree)) == 25
    assert any('left out 1 of 26 garments without' in t for _, t in log)


@pytest.mark.parametrize('subset', [
    dict(category='vest'),
    dict(category=['vest', 'sling'], scale='small'),
    dict(occlusion=['medium', 'heavy']),
    dict(zoom_in='no', source='user'),
    dict(viewpoint='side or back', source=['user', 'shop']),
])
def test_subsets(tree, subset):
    names = dict(category=CATEGORIES, **reader.ATTRIBUTES)
    wanted = 0
    for content in contents(tree).values():
        for key, item in content.items():
            if not key.startswith('item'):
                continue
            values = dict(
                item, category=item['category_id'], source=content['source'])
            wanted += all(
                (values[k] if k == 'source' else names[k][values[k] - 1]) in (
                    [v] if isinstance(v, str) else v)
                for k, v in subset.items())
    assert 0 < wanted < 26
    assert len(build(tree, subset=subset)) == wanted


def test_subsets_that_are_not_there(tree):
    with pytest.raises(ValueError, match='keys of category, .* found .size'):
        build(tree, subset=dict(size='small'))
    with pytest.raises(ValueError, match='scale must be of small, .*tiny'):
        build(tree, subset=dict(scale=['small', 'tiny']))
    for number in contents(tree):
        rewrite(tree, lambda c: c.update(source='shop'), number)
    with pytest.raises(ValueError, match='annos: no item is in the subset'):
        build(tree, subset=dict(source='user'))


class TestCache:

    @pytest.fixture
    def reads(self, monkeypatch):
        """How many files are read."""
        counted = []
        load = reader._load
        monkeypatch.setattr(reader, '_load',
                            lambda path: counted.append(path) or load(path))
        return counted

    def test_a_second_start_reads_no_file(self, tree, reads):
        first = build(tree)
        assert len(reads) == 13 and (tree / 'train/annos.npz').is_file()
        second = build(tree)
        assert len(reads) == 13
        for i in range(len(first)):
            a, b = first.get_data_info(i), second.get_data_info(i)
            assert a['raw_ann_info'] == b['raw_ann_info']
            assert a['img_path'] == b['img_path']

    def test_a_changed_file_is_read(self, tree, reads):
        build(tree)
        file = tree / 'train/annos/000003.json'
        rewrite(tree, lambda c: c['item1'].update(scale=3), 3)
        os.utime(file, ns=(1, 1))
        build(tree)
        assert len(reads) == 26
        os.utime(file, ns=(2, 2))  # by its time alone
        build(tree)
        assert len(reads) == 39
        for folder, ending in (('annos', 'json'), ('image', 'jpg')):
            shutil.copy(tree / f'train/{folder}/000003.{ending}',
                        tree / f'train/{folder}/000100.{ending}')
        assert len(build(tree)) == 27 and len(reads) == 53

    def test_elsewhere_and_not_at_all(self, tree, reads, tmp_path):
        folder = tmp_path / 'cache'
        for _ in range(2):
            build(tree, cache=str(folder))
        assert len(reads) == 13 and len(list(folder.iterdir())) == 1
        write_split(tree, 'validation', 3)
        build(
            tree,
            cache=str(folder),
            ann_file='validation/annos',
            data_prefix=dict(img='validation/image'))
        assert len(list(folder.iterdir())) == 2
        build(tree, cache=False)
        assert len(reads) == 13 + 3 + 13
        assert not list(tree.glob('train/*.npz'))

    def test_what_is_not_a_whole_cache_is_made_anew(self, tree, reads):
        build(tree)
        file = tree / 'train/annos.npz'
        whole = file.read_bytes()
        middle = len(whole) // 2
        for spoilt in (b'', b'npz', whole[:-9], whole[:middle],
                       whole[:middle] + b'xyz' + whole[middle + 3:]):
            file.write_bytes(spoilt)
            before = len(reads)
            assert len(build(tree)) == 26
            assert len(reads) == before + 13
            assert file.read_bytes() == whole

    def test_another_version_is_made_anew(self, tree, reads, monkeypatch):
        build(tree)
        monkeypatch.setattr(
            'pcloss_mmpose.datasets.deepfashion2_tree._VERSION', 0)
        build(tree)
        assert len(reads) == 26

    def test_where_it_cannot_be_written(self, tree, log, tmp_path):
        file = tmp_path / 'file'
        file.touch()
        assert len(build(tree, cache=str(file / 'folder'))) == 26
        assert any('is not kept; cache of the data set may name' in text
                   for _, text in log)

    def test_a_fault_leaves_none(self, tree):
        rewrite(tree, lambda c: c['item1'].pop('scale'))
        with pytest.raises(ValueError):
            build(tree)
        assert not list(tree.glob('train/*.npz'))


def test_processes_read_the_same(tree, monkeypatch):
    monkeypatch.setattr(reader, '_CHUNK', 2)
    numbers, _ = reader.list_annos(f'{tree}/train/annos')
    done = []
    one, two = (
        reader.read_annos(
            f'{tree}/train/annos', numbers, workers=w, progress=done.append)
        for w in (1, 2))
    assert sum(done) == 26
    for key in one:
        np.testing.assert_array_equal(one[key], two[key])
    rewrite(tree, lambda c: c['item1'].pop('scale'), 9)
    with pytest.raises(ValueError, match='000009.json: item1: the key scale'):
        reader.read_annos(f'{tree}/train/annos', numbers, workers=2)


def killed(job):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_not_waited_for(tree, monkeypatch):
    monkeypatch.setattr(reader, '_CHUNK', 2)
    monkeypatch.setattr(reader, '_read_chunk', killed)
    numbers, _ = reader.list_annos(f'{tree}/train/annos')
    with pytest.raises(RuntimeError, match='train/annos: a process that read'):
        reader.read_annos(f'{tree}/train/annos', numbers, workers=2)


def test_columns_are_ragged(tree):
    """A garment takes the room of its own landmarks, also in a subset."""
    garments = build(tree).data_list
    size = len(pickle.dumps(garments))
    landmarks = sum(NUM_LANDMARKS[g['category']] for g in garments)
    assert size < 12 * landmarks + 26 * 150 + 6000
    part = garments[3:5]
    assert part[1]['id'] == garments[4]['id']
    assert copy.deepcopy(part)[0]['img_path'] == garments[3]['img_path']


def change_item(**values):
    return lambda content: content['item1'].update(values)


MISTAKES = {
    'a list': (lambda c: c.update(item1=[]), 'item1: must be an object'),
    'null': (lambda c: c.update(item2=None),
             'item2: must be an object, found None'),
    'no category': (lambda c: c['item1'].pop('category_id'),
                    'item1: the key category_id is missing'),
    'category 14': (change_item(category_id=14),
                    'item1: category_id must be from 1 to 13, found 14'),
    'category text': (change_item(category_id='2'), "found '2'"),
    'category bool': (change_item(category_id=True), 'found True'),
    'another name': (change_item(category_name='skirt'),
                     "item1: category_name of category_id 2 must be 'long "
                     "sleeve top', found 'skirt'"),
    'landmarks': (change_item(landmarks=[1, 2, 2]),
                  'item1: landmarks of a long sleeve top must be 99 numbers, '
                  'found 3 numbers'),
    'no list': (change_item(landmarks='x'), "99 numbers, found 'x'"),
    'a text': (change_item(landmarks=['1', 2, 2] * 33),
               'item1: landmarks must be numbers below ten million'),
    'large': (change_item(landmarks=[1e7, 2, 2] * 33), 'below ten million'),
    'not a number': (change_item(landmarks=[float('nan'), 2, 2] * 33),
                     'not a json file: NaN is not a number'),
    'code': (change_item(landmarks=[1, 2, 2, 5, 5, 3] + [1, 2, 2] * 31),
             'item1: landmark 2 has the visibility 3, allowed are 0'),
    'box': (change_item(bounding_box=[5, 5, 5, 9]),
            r'item1: the box \[5, 5, 5, 9\] is empty'),
    'box of three': (change_item(bounding_box=[5, 5, 5]),
                     'must be 4 numbers, found 3 numbers'),
    'scale': (change_item(scale=0),
              r'item1: scale must be 1, 2 or 3 \(small, modest, large\), '
              'found 0'),
    'style': (change_item(style=-1), 'style must be a whole number'),
    'source': (lambda c: c.update(source='web'),
               "source must be one of user, shop, found 'web'"),
    'pair': (lambda c: c.pop('pair_id'), 'pair_id must be .*found None'),
    'gap': (lambda c: c.update(item5=c.pop('item2')),
            "3 items must be item1 to item3, found 'item2|but no item2"),
    'no item':
    (lambda c: [c.pop(f'item{i}') for i in (1, 2, 3)], 'has no item1'),
}


@pytest.mark.parametrize('name', MISTAKES)
def test_mistakes(tree, name):
    change, message = MISTAKES[name]
    rewrite(tree, change)
    with pytest.raises(
            ValueError, match=f'(?s)annos/000002.json: .*(?:{message})'):
        build(tree)


def test_files_that_are_no_annotations(tree):
    file = tree / 'train/annos/000004.json'
    whole = file.read_text()
    for text, message in ((whole[:-9], 'not a json file'), ('', 'not a json'),
                          ('[1]', 'must be an object with source')):
        file.write_text(text)
        with pytest.raises(ValueError, match=f'000004.json: {message}'):
            build(tree)
    file.write_bytes(b'\xff' + whole.encode())
    with pytest.raises(ValueError, match='000004.json:1: byte 0xff is not'):
        build(tree)
    file.write_text(whole)
    (tree / 'train/annos/._000004.json').write_bytes(b'\0')  # of a Mac
    (tree / 'train/annos/cover.json').touch()
    with pytest.raises(ValueError, match='cover.json: the name must be'):
        build(tree)


def test_folders(tree):
    (tree / 'train/annos/000002.json').unlink()
    with pytest.raises(
            ValueError,
            match='image/000002.jpg: 1 of 13 images have no annotation, such '
            'as .*annos/000002.json'):
        build(tree)
    for number in (2, 5):
        (tree / f'train/image/{number:06d}.jpg').unlink()
    with pytest.raises(
            FileNotFoundError,
            match='annos/000005.json: 1 of 12 images are not there, such as '):
        build(tree)
    step = dict(type='LoadGarmentImage', unreadable='skip')
    assert len(build(tree, pipeline=[step])) > 20
    with pytest.raises(FileNotFoundError, match='tree/annos: no such folder'):
        build(tree, ann_file='annos')
    (tree / 'empty').mkdir()
    with pytest.raises(ValueError, match='empty: has no annotations'):
        build(tree, ann_file='empty')


def test_landmarks_outside_the_image(tree, log):
    own = make_item(np.random.default_rng(0), 2)['landmarks']
    own[:3] = [WIDTH + 5, 3, 2]
    rewrite(tree, change_item(landmarks=own))
    build(tree)
    text, = (t for _, t in log if 'a pixel outside' in t)
    assert f'image of {WIDTH} x {HEIGHT}: ' in text
    assert text.endswith('annos/000002.json: item1')
    assert 'the size of 26 of 26 images was looked at' in text


class TestDetections:

    @pytest.fixture
    def file(self, tmp_path):
        file = tmp_path / 'found.bbox.json'

        def write(*rows):
            file.write_text(
                json.dumps([
                    dict(image_id=i, category_id=c, bbox=b, score=s)
                    for i, c, b, s in rows
                ]))
            return str(file)

        return write

    def test_each_is_a_sample(self, tree, file):
        item = contents(tree)[2]['item1']
        x1, y1, x2, y2 = item['bounding_box']
        box = [x1 + 1, y1, x2 - x1, y2 - y1]
        dataset = build(
            tree,
            test_mode=True,
            bbox_file=file((2, 2, box, .5), (2, 2, box, .75), (2, 7, box, .25),
                           ('000003.jpg', 2, [1, 2, 30, 40], 1),
                           (999, 1, box, 1)))
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        assert [i['img_id'] for i in infos] == [2, 2, 2, 3]
        assert [i['category_id'] for i in infos] == [2, 2, 7, 2]
        assert [i['bbox_score'].tolist() for i in infos] == [[.5], [.75],
                                                             [.25], [1.]]
        assert [i['id'] for i in infos] == [1, 2, 3, 4]
        # the best one is of the item, whose landmarks and box remain
        assert [i['keypoints_visible'].any()
                for i in infos] == [False, True, False, False]
        own = own_landmarks(2)
        np.testing.assert_array_equal(
            infos[1]['keypoints'][0, own],
            np.reshape(item['landmarks'], (-1, 3))[:, :2])
        assert infos[1]['bbox'].tolist() == [item['bounding_box']]
        assert infos[0]['bbox'].tolist() == [[x1 + 1, y1, x2 + 1, y2]]
        for info in infos[:3]:  # what is cut out
            assert info['bbox_center'][0, 0] == (x1 + x2) / 2 + 1

    def test_images_without_annotations(self, tree, file):
        dataset = build(
            tree,
            ann_file='',
            test_mode=True,
            bbox_file=file((2, 2, [1, 2, 30, 40], 1)))
        assert dataset.get_data_info(0)['category'] == 'long sleeve top'
        assert 'truth' not in dataset.metainfo
        with pytest.raises(ValueError, match='bbox_file must be given'):
            build(tree, ann_file='')

    def test_mistakes(self, tree, file):
        for category in (0, 14, '2', None):
            with pytest.raises(
                    ValueError,
                    match='detection 1: category_id must be from 1 to 13, '
                    f'found {category!r}'):
                build(
                    tree,
                    test_mode=True,
                    bbox_file=file((2, category, [1, 2, 3, 4], 1)))
        with pytest.raises(ValueError, match='detection in the 13 images,'):
            build(
                tree, test_mode=True, bbox_file=file((99, 1, [1, 2, 3, 4], 1)))


class TestMetainfo:

    def test_sigmas_are_the_official_ones(self, shared):
        facts = json.loads(
            (shared / 'data/deepfashion2/facts.json').read_text())
        sigmas = DeepFashion2AnnosDataset.METAINFO['sigmas']
        assert sigmas == facts['oks_sigmas']
        assert [
            (c['category_name'], c['first'], c['landmarks'])
            for c in facts['categories']
        ] == [(name, own_landmarks(i).start, number)
              for i, (name, number) in enumerate(NUM_LANDMARKS.items(), 1)]

    def test_swaps(self):
        """MMPose's, but for two mistakes in its file."""
        ours, theirs = OWN['flip_indices'], list(STOCK['flip_indices'])
        theirs[140] = 136  # vest_kpt13, which names nobody
        # short-sleeved outwear: MMPose takes the collar's ends at the neck,
        # 2 and 6, for those at the front, 4 and 26
        front = {59: 63, 63: 59, 61: 83, 83: 61}
        assert [i for i in range(294) if ours[i] != theirs[i]] == sorted(front)
        assert all(ours[i] == j for i, j in front.items())

    def test_partners_have_one_sigma(self):
        """The official constants were made symmetric, but for a misprint."""
        sigmas, partner = OWN['sigmas'], OWN['flip_indices']
        assert [i for i in range(294)
                if sigmas[i] != sigmas[partner[i]]] == [233, 247]

    def test_links(self):
        ours, theirs = ({
            frozenset(map(int, link))
            for link in info['skeleton_links']
        } for info in (OWN, STOCK))
        swapped = {59: 61, 61: 59}  # the same mistake
        assert ours == {
            frozenset(swapped.get(i, i) for i in link)
            for link in theirs
        }

    def test_groups_are_within_a_category(self):
        """A garment's constraint is that of its own landmarks alone."""
        import torch
        groups = left_right_groups('DeepFashion2AnnosDataset')
        torch.manual_seed(0)
        pred, true = torch.rand(1, 294, 2), torch.rand(1, 294, 2)
        for category in range(1, 14):
            own = own_landmarks(category)
            weight = torch.zeros(1, 294)
            weight[:, own] = 1
            parts = [[
                i - own.start for i in group if own.start <= i < own.stop
            ] for group in groups]
            penalise = partial(log_penalty, tau=.03)
            alone = position_constraint(
                pred[:, own], true[:, own], groups=parts, penalise=penalise)
            torch.testing.assert_close(
                position_constraint(
                    pred, true, weight, groups, penalise=penalise), alone)

    def test_left_is_left_on_photographs(self, shared):
        """And a contour runs around: neighbours are near."""
        coco = json.loads((shared / 'data/mmpose_samples/deepfasion2/'
                           'deepfasion2.json').read_text())
        left, right = left_right_groups('DeepFashion2AnnosDataset')
        for annotation in coco['annotations']:
            points = np.reshape(annotation['keypoints'], (294, 3))
            seen = points[:, 2] > 0
            sides = [[
                points[i, 0] for i in group
                if seen[i] and OWN['flip_indices'][i] != i
                and seen[OWN['flip_indices'][i]]
            ] for group in (left, right)]
            assert len(sides[0]) > 5
            assert np.mean(sides[0]) + 20 < np.mean(sides[1])
            links = [
                points[list(link)] for link in OWN['skeleton_links']
                if seen[list(link)].all()
            ]
            size = max(annotation['bbox'][2:])
            steps = [np.hypot(*(a - b)[:2]) / size for a, b in links]
            assert len(links) > 20 and max(steps) < .5
            assert np.median(steps) < .15

    def test_contour_encloses_the_garment(self, shared):
        """Landmarks lie on the outline of the mask, as annotated."""
        coco = json.loads((shared / 'data/mmpose_samples/deepfasion2/'
                           'deepfasion2.json').read_text())
        for annotation in coco['annotations']:
            mask = np.zeros((750, 750), np.uint8)
            for polygon in annotation['segmentation']:
                outline = np.reshape(polygon, (-1, 1, 2)).round()
                cv2.fillPoly(mask, [outline.astype(np.int32)], 1)
            edge = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
            points = np.reshape(annotation['keypoints'], (294, 3))
            points = points[points[:, 2] == 2, :2].astype(int)
            inside = [edge[y, x] for x, y in points]
            assert np.median(inside) < 10
