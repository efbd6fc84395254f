'use strict';
/* Lines over dumps: each has its own dash and its name at its end, so that colour is not all there is.
 *
 *	chart({ title, rows, lines, marks, x, xText, onchoose })
 * rows: objects, in order, x(row) never less than before; lines: [{ key, title, color, dash }]; marks: what happened between,
 * [{ x, kind }], kind one of { title, sign, color, row }, row 0 or 1: of signs; xText(row): x in words; onchoose(row).
 * Returns { node, set(row) }: which row is the one that is shown. */
function chart({ title, rows, lines, marks, x, xText, onchoose }) {
	const HEIGHT = 222, TOP = 24, BOTTOM = 24, LEFT = 70, RIGHT = 96, format = page.human;
	const canvas = page.svg('svg', { role: 'img', height: HEIGHT });
	const read = page.el('p', { class: 'note read', 'aria-hidden': 'true' });
	const key = page.el('p', { class: 'note key' });
	const node = page.el('figure', { class: 'chart' }, page.el('figcaption', {}, title), canvas, read, key);
	const known = lines.filter(line => rows.some(row => page.isKnown(row[line.key])));
	const values = known.flatMap(line => rows.map(row => row[line.key])).filter(page.isKnown);
	const most = values.reduce((a, b) => Math.max(a, b), 1);
	const x0 = x(rows[0]), x1 = x(rows[rows.length - 1]);
	const inSight = marks.filter(mark => mark.x >= x0 && mark.x <= x1);
	let chosen = null, width = 0, pick = null;

	canvas.setAttribute('aria-label', title + ': ' + known.map(line => {
		const own = rows.map(row => row[line.key]).filter(page.isKnown);
		return line.title + ' from ' + format(own[0]) + ' to ' + format(own[own.length - 1]);
	}).join('; '));

	for (const kind of new Set(inSight.map(mark => mark.kind))) {
		const n = inSight.filter(mark => mark.kind === kind).length;
		key.append(page.el('span', {}, page.el('b', { 'aria-hidden': 'true', style: { color: 'var(' + kind.color + ')' } }, kind.sign), ' ',
			kind.title + ' \u00d7 ' + page.number(n)), ' ');
	}

	const across = value => LEFT + (x1 > x0 ? (value - x0) / (x1 - x0) : .5) * (width - LEFT - RIGHT);
	const px = row => across(x(row));
	const py = value => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);

	/* Not more points than can be seen: of those in one pixel the lowest and the highest. */
	function path(line) {
		const points = [];
		let column = null, low, high;
		const end = () => {
			if (column !== null)
				points.push(...(low.i < high.i ? [low, high] : [high, low]).map(p => [p.x, p.y]));
		};
		rows.forEach((row, i) => {
			if (!page.isKnown(row[line.key]))
				return;
			const point = { i, x: px(row), y: py(row[line.key]) };
			if (Math.round(point.x) !== column) {
				end();
				column = Math.round(point.x);
				low = high = point;
			} else if (point.y < low.y) {
				low = point;
			} else if (point.y > high.y) {
				high = point;
			}
		});
		end();
		return points.map(([a, b], i) => (i ? 'L' : 'M') + a.toFixed(1) + ' ' + b.toFixed(1)).join('');
	}
	/* Steps of the scale: 1, 2 or 5 of a power of 2^10 and 10. */
	function ticks() {
		const unit = 1024 ** Math.floor(Math.log2(most) / 10), wanted = most / unit / 4;
		const step = ([1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256, 512].find(s => s >= wanted) || wanted) * unit;
		const ret = [];
		for (let v = 0; v <= most; v += step)
			ret.push(v);
		return ret;
	}
	/* Names at the ends of lines, moved apart where they would lie upon each other. */
	function names() {
		const ends = known.map(line => {
			const last = rows.findLast(row => page.isKnown(row[line.key]));
			return { line, y: py(last[line.key]) };
		}).sort((a, b) => a.y - b.y);
		ends.forEach((end, i) => {
			if (i > 0)
				end.y = Math.max(end.y, ends[i - 1].y + 15);
		});
		const over = ends.length ? Math.max(0, ends[ends.length - 1].y - (HEIGHT - BOTTOM)) : 0;
		return ends.map(({ line, y }) => page.svg('text', {
			x: width - RIGHT + 8, y: y - over + 4, class: 'name', style: { fill: 'var(' + line.color + ')' },
		}, line.title));
	}
	/* A sign above, and a line through all that happens to change there; of one kind no two in the same pixel. */
	function happened() {
		const seen = new Set();
		return inSight.flatMap(({ x: value, kind }) => {
			const at = Math.round(across(value)), name = at + kind.title;
			if (seen.has(name))
				return [];
			seen.add(name);
			const color = 'var(' + kind.color + ')';
			return [page.svg('line', { class: 'mark', x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM, style: { stroke: color } }),
				page.svg('text', { class: 'sign', x: at, y: TOP - 3 - 11 * kind.row, style: { fill: color } }, kind.sign)];
		});
	}
	function draw() {
		width = Math.max(260, node.clientWidth);
		canvas.setAttribute('width', width);
		canvas.setAttribute('viewBox', '0 0 ' + width + ' ' + HEIGHT);
		pick = page.svg('line', { class: 'pick', y1: TOP, y2: HEIGHT - BOTTOM });
		canvas.replaceChildren(
			...ticks().flatMap(v => [
				page.svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: py(v), y2: py(v) }),
				page.svg('text', { class: 'scale', x: LEFT - 6, y: py(v) + 4 }, format(v)),
			]),
			page.svg('text', { class: 'scale from', x: LEFT, y: HEIGHT - 6 }, xText(rows[0])),
			page.svg('text', { class: 'scale', x: width - RIGHT, y: HEIGHT - 6 }, xText(rows[rows.length - 1])),
			...happened(),
			...known.map(line => page.svg('path', {
				class: 'line', d: path(line), 'stroke-dasharray': line.dash, style: { stroke: 'var(' + line.color + ')' },
			})),
			...(rows.length <= width / 16 ? known.flatMap(line => rows.filter(row => page.isKnown(row[line.key])).map(row =>
				page.svg('circle', { cx: px(row), cy: py(row[line.key]), r: 2.5, style: { fill: 'var(' + line.color + ')' } }))) : []),
			pick, ...names());
		set(chosen);
	}
	function say(row) {
		read.textContent = !row ? '\u00a0' : xText(row) + ':  ' +
			known.map(line => line.title + ' ' + format(row[line.key])).join(',  ');
	}
	function mark(row) {
		pick.classList.toggle('off', !row);
		if (row) {
			pick.setAttribute('x1', px(row));
			pick.setAttribute('x2', px(row));
		}
		say(row);
	}
	function set(row) {
		chosen = row;
		if (pick)
			mark(row);
	}
	const nearest = event => {
		const at = event.clientX - canvas.getBoundingClientRect().left;
		return rows.reduce((best, row) => Math.abs(px(row) - at) < Math.abs(px(best) - at) ? row : best);
	};
	canvas.addEventListener('pointermove', event => mark(nearest(event)));
	canvas.addEventListener('pointerleave', () => mark(chosen));
	canvas.addEventListener('click', event => onchoose(nearest(event)));
	page.onWidth(node, draw);
	return { node, set };
}
