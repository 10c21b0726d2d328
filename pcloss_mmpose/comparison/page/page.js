'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const SVG = 'http://www.w3.org/2000/svg';
  const CHUNK = 48; // cards made at a time
  const grid = $('grid');
  let shown = []; // indices of data.items, filtered and sorted
  let made = 0;
  let current = 0; // place in shown
  let enlarged = 0; // the same of the large view

  function node(name, attributes, ...children) {
    const svg = ['svg', 'g', 'path', 'line', 'image'].includes(name);
    const it = svg ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) it.setAttribute(key, value);
    it.append(...children);
    return it;
  }
  const fixed = (value, digits = 1) => value === null ? '–' : value.toFixed(digits);
  const signed = value => (value > 0 ? '+' : value < 0 ? '−' : '±') + Math.abs(value).toFixed(1);

  function picture(item, size) {
    const k = Math.max(item.width, item.height) / size; // a screen's pixel, about
    const svg = node('svg', {viewBox: `0 0 ${item.width} ${item.height}`, 'aria-hidden': 'true'});
    if (item.picture) {
      svg.append(node('image', {href: 'data:image/jpeg;base64,' + item.picture,
        width: item.width, height: item.height, preserveAspectRatio: 'none'}));
    }
    const at = (x, y) => `translate(${x} ${y}) scale(${k})`;
    item.models.forEach((model, m) => {
      const style = data.styles[m];
      const layer = node('g', {'data-layer': 'm' + m});
      item.truth.forEach((truth, i) => {
        if (!truth) return;
        const [x, y] = model.points[i];
        layer.append(node('line', {x1: truth[0], y1: truth[1], x2: x, y2: y, class: 'error-line',
          stroke: style.color, 'stroke-width': 1.2 * k, style: `stroke-width:${1.2 * k}`}));
        layer.append(node('path', {d: style.path, fill: style.color, class: 'point',
          'stroke-width': 2, transform: at(x, y)}));
      });
      svg.append(layer);
    });
    const layer = node('g', {'data-layer': 't'});
    item.truth.forEach(truth => {
      if (!truth) return;
      const dash = truth[2] === 1 ? {'stroke-dasharray': '2.5 2'} : {};
      layer.append(node('path', {d: data.truth.path, class: 'halo', transform: at(truth[0], truth[1])}));
      layer.append(node('path', {d: data.truth.path, class: 'truth-point', stroke: data.truth.color,
        transform: at(truth[0], truth[1]), ...dash}));
    });
    svg.append(layer);
    const box = node('span', {class: 'picture'}, svg);
    box.style.display = 'block';
    if (!item.picture) box.prepend(node('span', {class: 'gone'}, item.why));
    applyLayers(box);
    return box;
  }

  const hidden = new Set();
  function applyLayers(root) {
    for (const layer of root.querySelectorAll('g[data-layer]')) {
      layer.style.display = hidden.has(layer.dataset.layer) ? 'none' : '';
    }
  }
  function setLayer(name, on) {
    if (on) hidden.delete(name); else hidden.add(name);
    applyLayers(document);
  }

  function value(item, m, landmark) {
    const model = item.models[m];
    return landmark === '' ? model.error : model.errors[landmark];
  }
  // Positive: the chosen model is nearer to the ground truth than the first one.
  function corrected(item, m, landmark) {
    const first = value(item, 0, landmark), other = value(item, m, landmark);
    return first === null || other === null ? null : first - other;
  }
  function isOutlier(item, m, landmark) {
    if (landmark === '') return item.models[m].outliers > 0;
    const error = item.models[m].errors[landmark];
    return error !== null && error > data.outlier;
  }

  function choose() {
    const sort = $('sort').value, landmark = $('landmark').value, kind = $('kind').value;
    const only = $('only').value, m = Number($('model').value);
    const keys = {
      corrected: item => corrected(item, m, landmark),
      worse: item => { const c = corrected(item, m, landmark); return c === null ? null : -c; },
      error: item => value(item, m, landmark),
      outliers: item => item.models[m].outliers,
      duplicates: item => item.models[m].duplicates,
    };
    shown = data.items.map((_, i) => i).filter(i => {
      const item = data.items[i];
      return (!kind || item.kind === kind)
        && (landmark === '' || item.truth[landmark])
        && (only !== 'outliers' || isOutlier(item, m, landmark))
        && (only !== 'duplicates' || item.models[m].duplicates > 0);
    });
    const compare = {
      name: (a, b) => 0,
      kind: (a, b) => data.items[a].kind < data.items[b].kind ? -1 : data.items[a].kind > data.items[b].kind ? 1 : 0,
    }[sort];
    if (compare) {
      shown.sort((a, b) => compare(a, b) || a - b);
    } else {
      const key = shown.reduce((all, i) => all.set(i, keys[sort](data.items[i])), new Map());
      const low = i => key.get(i) === null ? -Infinity : key.get(i);
      shown.sort((a, b) => low(b) === low(a) ? a - b : low(b) - low(a));
    }
    current = 0;
    made = 0;
    grid.replaceChildren();
    $('count').textContent = shown.length === data.items.length
      ? `${shown.length} images` : `${shown.length} of ${data.items.length} images`;
    fill();
  }

  function card(place) {
    const item = data.items[shown[place]], m = Number($('model').value), landmark = $('landmark').value;
    const row = node('span', {class: 'row'});
    item.models.forEach((model, i) => {
      row.append(node('span', {title: data.models[i]}, mark(i), ' ' + fixed(value(item, i, landmark))));
    });
    const change = m > 0 ? corrected(item, m, landmark) : null;
    if (change !== null) row.append(node('span', {class: 'change'}, signed(-change)));
    const faults = [];
    const {outliers, duplicates} = item.models[m];
    if (outliers) faults.push(`${outliers} outlier${outliers > 1 ? 's' : ''}`);
    if (duplicates) faults.push(`${duplicates} duplicate${duplicates > 1 ? 's' : ''}`);
    const label = `${item.name}, ${item.kind}. ` + data.models.map(
      (name, i) => `${name}: ${fixed(value(item, i, landmark))} %`).join(', ');
    const it = node('button', {type: 'button', class: 'card', 'data-index': shown[place],
      'aria-label': label, tabindex: place === current ? 0 : -1},
    picture(item, 185), node('span', {class: 'facts-of'},
      node('span', {class: 'name', title: item.name}, item.name), row,
      node('span', {class: 'faults'}, faults.join(', ') || item.kind)));
    it.addEventListener('click', () => { go(place); open(); });
    it.addEventListener('focus', () => { if (place !== current) mind(place); });
    return it;
  }
  function mark(m) {
    const svg = node('svg', {viewBox: '-6 -6 12 12', class: 'mark', 'aria-hidden': 'true'});
    svg.append(node('path', {d: data.styles[m].path, fill: data.styles[m].color}));
    return svg;
  }

  function fill(upTo = 0) {
    const end = Math.min(shown.length, Math.max(made + CHUNK, upTo));
    const cards = document.createDocumentFragment();
    for (; made < end; made++) cards.append(card(made));
    grid.append(cards);
  }
  // Observed anew after each chunk: one that leaves the end in sight is
  // reported again.
  const observer = new IntersectionObserver(entries => {
    if (!entries.some(e => e.isIntersecting) || made >= shown.length) return;
    fill();
    observer.unobserve($('more'));
    observer.observe($('more'));
  }, {rootMargin: '600px'});

  function mind(place) {
    const before = grid.children[current];
    if (before) before.tabIndex = -1;
    current = place;
    if (place >= made) fill(place + 1);
    grid.children[place].tabIndex = 0;
  }
  function go(place) {
    if (!shown.length) return;
    mind(Math.max(0, Math.min(shown.length - 1, place)));
    if ($('large').open) show(); else grid.children[current].focus();
  }
  function columns() {
    return getComputedStyle(grid).gridTemplateColumns.split(' ').length;
  }

  function open() {
    if (!shown.length) return;
    show();
    if (!$('large').open) $('large').showModal();
  }
  function show() {
    const item = data.items[shown[current]];
    enlarged = current;
    $('large-name').textContent = item.name;
    $('large-picture').replaceChildren(picture(item, innerWidth > 700 ? 560 : 340));
    const head = node('tr', null, node('td'));
    data.models.forEach((name, m) => head.append(node('th', {scope: 'col', title: name}, mark(m), ' ', name)));
    const body = node('tbody');
    const line = (label, cells) => body.append(node('tr', null, node('th', {scope: 'row'}, label),
      ...cells.map(text => node('td', null, text))));
    line('mean, %', item.models.map(model => fixed(model.error, 2)));
    data.landmarks.forEach((name, i) => {
      if (!item.truth[i]) return;
      line(name, item.models.map(model => item.truth[i][2] === 1 ? 'occluded' : fixed(model.errors[i], 2)));
    });
    line('outliers', item.models.map(model => String(model.outliers)));
    line('duplicates', item.models.map(model => String(model.duplicates)));
    $('large-errors').replaceChildren(node('thead', null, head), body);
  }

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches('select, input:not([type=checkbox])')) return;
    if (event.key === '?') { event.preventDefault(); if (!$('help').open) $('help').showModal(); return; }
    if ($('help').open) return;
    const layer = {t: 't', b: 'm0', p: 'm1'}[event.key]
      || (/^[3-9]$/.test(event.key) ? 'm' + (event.key - 1) : null);
    const box = layer && document.querySelector(`input[data-layer=${layer}]`);
    if (box) { box.checked = !box.checked; setLayer(layer, box.checked); return; }
    const inside = $('large').open || grid.contains(document.activeElement);
    const steps = {j: 1, k: -1};
    if (inside) {
      const across = $('large').open ? 1 : columns();
      Object.assign(steps, {ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across});
    }
    if (event.key in steps) {
      event.preventDefault();
      // The first key leads to the images, the next ones from one to another.
      const place = inside ? current + steps[event.key] : current;
      if (place >= 0 && place < shown.length) go(place);
    }
  });

  for (const box of document.querySelectorAll('input[data-layer]')) {
    box.checked = true; // browsers remember
    box.addEventListener('change', () => setLayer(box.dataset.layer, box.checked));
  }
  for (const id of ['sort', 'model', 'landmark', 'kind', 'only']) $(id).addEventListener('change', choose);
  $('previous').addEventListener('click', () => go(current - 1));
  $('next').addEventListener('click', () => go(current + 1));
  $('close').addEventListener('click', () => $('large').close());
  // The browser has just focused the card that the view was opened from.
  $('large').addEventListener('close', () => go(enlarged));
  $('help-button').addEventListener('click', () => $('help').showModal());
  $('help-close').addEventListener('click', () => $('help').close());
  choose();
  observer.observe($('more'));
})();
