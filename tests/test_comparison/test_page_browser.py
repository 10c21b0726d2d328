"""The page in a real Chromium of the system."""
import pickle
import shutil

import cv2
import numpy as np
import pytest

from pcloss_mmpose.comparison import compare, read_models, write_page

sync_api = pytest.importorskip(
    'playwright.sync_api', reason='the Python package playwright is absent')
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason='no chromium is installed')
ARGUMENTS = [
    '--no-sandbox', '--disable-gpu', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync'
]
NUM = 2000


@pytest.fixture(scope='module')
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope='module')
def report(tmp_path_factory, random_samples):
    """Models and page of 2,000 images."""

    folder = tmp_path_factory.mktemp('page')
    rng = np.random.default_rng(0)
    for n in range(NUM):
        image = rng.integers(0, 255, (17, 17, 3), np.uint8)
        cv2.imwrite(str(folder / f'{n}.png'), cv2.resize(image, (170, 170)))
    runs = []
    for seed, name in enumerate(('base', 'other')):
        samples = random_samples(NUM, seed=seed)
        for n, sample in enumerate(samples):
            sample['img_path'] = str(folder / f'{n}.png')
        file = folder / f'{name}.pkl'
        file.write_bytes(pickle.dumps(samples))
        runs.append(str(file))
    models = read_models(runs)
    comparison = compare(models)
    write_page(models, comparison, folder / 'page.html')
    return models, comparison, folder / 'page.html'


@pytest.fixture
def tab(browser, report):
    """Opens the page; no error and no request but the file itself."""
    pages, bad = [], []

    def tab(width=1440, height=900):
        page = browser.new_page(viewport=dict(width=width, height=height))
        pages.append(page)
        page.on('console', lambda m: bad.append(m.text))
        page.on('pageerror', lambda e: bad.append(str(e)))
        page.on(
            'request', lambda r: r.url.startswith(
                ('file:', 'data:')) or bad.append(r.url))
        page.goto(report[2].as_uri())
        page.wait_for_selector('.card')
        return page

    yield tab
    for page in pages:
        page.close()
    assert bad == []


def names(page, number=10):
    return page.eval_on_selector_all(
        '.card', f'c => c.slice(0, {number}).map('
        'x => x.querySelector(".name").textContent)')


def expected(models, key, keep=None, number=10):
    images = [path.split('/')[-1] for path in models[0].runs[0].images]
    key = np.where(np.isnan(key), -np.inf, np.round(key, 9))
    order = [n for n in np.argsort(-key, kind='stable')]
    if keep is not None:
        order = [n for n in order if keep[n]]
    return [images[n] for n in order[:number]], len(order)


def means(run):
    """By a plain loop, apart from the package's own."""
    result = []
    for pred, gt, code, size in zip(run.pred, run.gt, run.visibility,
                                    run.size):
        found = [
            100 * np.hypot(*((p - g) / size))
            for p, g, v in zip(pred, gt, code) if v == 2
        ]
        result.append(np.mean(found) if found else np.nan)
    return np.array(result)


def test_order_and_filters(tab, report):
    models = report[0]
    base, other = (model.runs[0] for model in models)
    first, second = means(base), means(other)
    page = tab()
    assert names(page) == expected(models, first - second)[0]
    page.select_option('#sort', 'worse')
    assert names(page) == expected(models, second - first)[0]
    page.select_option('#sort', 'error')
    page.select_option('#model', '0')
    assert names(page) == expected(models, first)[0]

    errors = 100 * base.distances()
    page.select_option('#landmark', '3')
    page.select_option('#kind', 'lower')
    page.select_option('#only', 'outliers')
    keep = (np.array(base.categories) == 'lower') & (errors[:, 3] > 10)
    order, number = expected(models, errors[:, 3], keep)
    assert 0 < number < NUM and names(page) == order
    assert page.inner_text('#count') == f'{number} of {NUM} images'

    for control in ('#landmark', '#kind'):
        page.select_option(control, '')
    page.select_option('#only', 'duplicates')
    duplicates = []
    for n in range(NUM):
        where = np.flatnonzero(base.visibility[n] > 0)
        duplicates.append(
            sum(
                np.hypot(*((base.pred[n, i] - base.pred[n, j]) /
                           base.size[n])) < 0.02 <= np.hypot(*(
                               (base.gt[n, i] - base.gt[n, j]) / base.size[n]))
                for i in where for j in where if i < j))
    duplicates = np.array(duplicates, float)
    page.select_option('#sort', 'duplicates')
    order, number = expected(models, duplicates, duplicates > 0)
    assert names(page) == order
    assert page.inner_text('#count') == f'{number} of {NUM} images'


def test_tables_are_those_of_the_comparison(tab, report):
    cells = tab().eval_on_selector_all(
        '#tables table', 't => t.map(x => [...x.rows].map('
        'r => [...r.cells].map(c => c.textContent)))')
    for found, table in zip(cells, report[1].tables):
        assert found == [[cell.strip() for cell in row]
                         for row in (table.header, *table.rows)]
    assert len(cells) == len(report[1].tables)


def test_layers(tab):
    page = tab()
    for key, layer in (('t', 't'), ('b', 'm0'), ('p', 'm1')):
        drawn = page.locator(f'.card g[data-layer={layer}]').first
        box = page.locator(f'input[data-layer={layer}]')
        assert drawn.is_visible()
        page.keyboard.press(key)
        assert not drawn.is_visible() and not box.is_checked()
        box.check()
        assert drawn.is_visible()
    page.keyboard.press('b')  # cards made later are drawn likewise
    page.select_option('#sort', 'name')
    assert not page.locator('.card g[data-layer=m0]').first.is_visible()


def test_keyboard(tab):
    page = tab()

    def focused():
        return page.evaluate('[...document.querySelectorAll(".card")].indexOf('
                             'document.activeElement)')

    places = []
    for key in ('j', 'j', 'ArrowRight', 'k', 'ArrowLeft'):
        page.keyboard.press(key)
        places.append(focused())
    assert places == [0, 1, 2, 1, 0]
    page.keyboard.press('ArrowDown')
    assert focused() > 1
    outline = 'getComputedStyle(document.activeElement).outlineStyle'
    assert page.evaluate(outline) == 'solid'
    page.keyboard.press('ArrowUp')
    page.keyboard.press('Enter')
    first, second = names(page, 2)
    title = page.locator('#large-name')
    assert title.is_visible() and title.inner_text() == first
    page.keyboard.press('j')
    assert title.inner_text() == second
    page.keyboard.press('Escape')
    assert not title.is_visible() and focused() == 1
    page.keyboard.press('?')
    assert page.locator('#help').is_visible()


def test_phone(tab):
    page = tab(390, 844)
    assert page.evaluate('document.documentElement.scrollWidth') == 390
    small = page.eval_on_selector_all(
        'button, select, .layers label, nav a',
        'all => all.filter(x => x.offsetParent && (x.offsetHeight < 44)).'
        'map(x => x.outerHTML)')
    assert small == []
    page.locator('.card').first.click()
    assert page.evaluate('document.documentElement.scrollWidth') == 390
    assert page.locator('#large').bounding_box()['width'] <= 390


def test_2000_images_are_fast_and_made_when_seen(tab):
    page = tab()
    # Seconds of the processor: a busy machine makes a page no slower.
    client = page.context.new_cdp_session(page)
    client.send('Performance.enable')
    metrics = client.send('Performance.getMetrics')['metrics']
    spent = {m['name']: m['value'] for m in metrics}
    assert 0 < spent['ProcessTime'] < 5
    count = 'document.querySelectorAll(".card").length'
    made = page.evaluate(count)
    assert 0 < made < 200
    page.evaluate('scrollTo(0, document.body.scrollHeight)')
    page.wait_for_function(f'{count} > {made}')
    assert page.evaluate(count) < NUM
