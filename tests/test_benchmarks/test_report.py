"""docs/ablation.md says what the stored results say."""
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def report():
    sys.path.insert(0, str(ROOT / 'benchmarks'))
    import report
    yield report
    sys.path.remove(str(ROOT / 'benchmarks'))


def test_the_pages_have_the_tables_of_the_results(report):
    for file in report.PAGES:
        page = file.read_text()
        assert len(report.MARKED.findall(page)) >= 4
        assert report.fill(page) == page


def test_a_page_that_is_behind_shows(report):
    page = report.PAGES[0].read_text()
    number = re.search(r'\| baseline \| 5 \|.*?\| (\d\.\d+) ', page)
    behind = page.replace(number[1], '1.234')
    assert behind != page and report.fill(behind) == page


def test_every_result_has_what_reproduces_it(report):
    lines = report.results.read()
    assert len(lines) > 20
    for line in lines:
        command = line['command'].split()
        assert command[:2] == ['python', 'benchmarks/ablation.py']
        assert '--again' in command
        assert ('--faces' in command) == (line['data'] == 'faces')
        assert {'val', 'test', 'seed', 'versions', 'device', 'train_seconds'
                } <= set(line)
        errors, _ = report.results.read_errors(line['key'])
        landmarks = {'faces': 68, 'fashionai': 24, 'garments': 8}
        assert errors.shape[1] == landmarks[line['data']]
