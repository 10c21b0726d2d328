"""The metadata that OpenMMLab's `mim` reads lists every config."""
from pathlib import Path

import modelindex
import yaml
from config_tools import ALL_FILES, CONFIGS, variant

ROOT = Path(__file__).resolve().parents[1]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())


def models():
    for file in INDEX['Import']:
        for model in yaml.safe_load((ROOT / file).read_text())['Models']:
            yield file, model


def test_index_is_valid():
    index = modelindex.load(str(ROOT / 'model-index.yml'))
    assert index.check(silent=True) == []
    assert len(list(index.models)) == len(ALL_FILES)


def test_every_metafile_is_imported_once():
    assert sorted(INDEX['Import']) == sorted(
        file.relative_to(ROOT).as_posix()
        for file in CONFIGS.rglob('metafile.yml'))


def test_every_config_is_listed_once_in_its_folder():
    assert sorted(model['Config'] for _, model in models()) == [
        f'configs/{file}' for file in ALL_FILES
    ]
    for file, model in models():
        config = Path(model['Config'])
        assert config.parent == Path(file).parent
        assert model['Name'] == config.stem


def test_models():
    collection, = INDEX['Collections']
    assert (ROOT / collection['README']).is_file()
    for _, model in models():
        assert model['In Collection'] == collection['Name']
        architecture = model['Metadata']['Architecture']
        assert ('PCLoss' in architecture) == bool(variant(model['Config']))
        assert model['Metadata']['Training Data']
        for result in model.get('Results', ()):
            assert result['Task'] == 'Fashion 2D Keypoint'
            assert 'make demo' in result['Dataset']  # what produces it
            assert all(
                isinstance(v, float) for v in result['Metrics'].values())
