'use strict';
/* The page of figures over commits. Every figure is the document's own (data-value holds it as it is there). */
(async () => {
	const { el, number, signed, percent, isKnown, section } = page;
	const doc = await page.packed('history');
	const TITLES = { section: 'Sections', component: 'Components', archive: 'Archives', frozen: 'Frozen modules', folder: 'Folders of sources' };
	const bytes = value => isKnown(value) ? number(value) + ' B' : '\u2013';
	const date = commit => String(commit.date).slice(0, 10);
	const words = commit => page.visible(commit.short + ' ' + date(commit) + ' \u201c' + commit.subject + '\u201d');

	/* Oldest first, as curves are read; x is the place among the commits of the build. */
	function rowsOf(build, figure) {
		const points = new Map(figure.points.map(point => [point.commit, point]));
		return build.commits.map((i, k) => {
			const point = points.get(i);
			return { i, x: build.commits.length - 1 - k, commit: doc.commits[i], bytes: point ? point.bytes : null, delta: point ? point.delta : null };
		}).reverse();
	}
	const known = rows => rows.filter(row => isKnown(row.bytes));
	const says = row => words(row.commit) + ': ' + bytes(row.bytes) + (isKnown(row.delta) ? ' (' + signed(row.delta) + ')' : '');

	/* ---- a curve in a chart of its own ---- */

	function curve(rows, title) {
		const values = known(rows).map(row => row.bytes);
		return chart({
			title: page.visible(title), rows, format: bytes, least: values.reduce((a, b) => Math.min(a, b)),
			lines: [{ key: 'bytes', title: '', color: '--accent', dash: null }],
			x: row => row.x, xText: row => row.commit.short + ' ' + date(row.commit),
			read: says,
		}).node;
	}

	/* ---- a curve in a row of a table ---- */

	function small(rows) {
		const WIDTH = 200, HEIGHT = 26, all = known(rows), last = Math.max(1, rows.length - 1);
		const low = all.reduce((n, row) => Math.min(n, row.bytes), Infinity), high = all.reduce((n, row) => Math.max(n, row.bytes), 0);
		const px = row => row.x / last * WIDTH;
		const py = row => high > low ? 2 + (1 - (row.bytes - low) / (high - low)) * (HEIGHT - 4) : HEIGHT / 2;
		const pick = page.svg('line', { class: 'pick off', y1: 0, y2: HEIGHT });
		const first = all[0], end = all[all.length - 1];
		const node = page.svg('svg', {
			class: 'curve', viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, preserveAspectRatio: 'none', role: 'img',
			'aria-label': 'from ' + bytes(first.bytes) + ' to ' + bytes(end.bytes),
		}, page.svg('path', { d: all.length > 1 ? all.map((row, i) => (i ? 'L' : 'M') + px(row).toFixed(1) + ' ' + py(row).toFixed(1)).join('') :
			'M0 ' + HEIGHT / 2 + 'H' + WIDTH }), pick);
		node.addEventListener('pointermove', event => {
			const box = node.getBoundingClientRect(), at = (event.clientX - box.left) / box.width * WIDTH;
			const row = all.reduce((best, one) => Math.abs(px(one) - at) < Math.abs(px(best) - at) ? one : best);
			pick.setAttribute('x1', px(row));
			pick.setAttribute('x2', px(row));
			pick.classList.remove('off');
			page.tip(event.clientX, event.clientY, [says(row)]);
		});
		node.addEventListener('pointerleave', () => {
			pick.classList.add('off');
			page.tip(0, 0, null);
		});
		return node;
	}

	/* ---- the lists ---- */

	function list(build, id, figures) {
		const rows = figures.map(figure => {
			const points = rowsOf(build, figure), all = known(points), first = all[0], last = all[all.length - 1];
			const now = last.i === build.commits[0] ? last.bytes : null;
			return { name: figure.name, points, now, delta: all.length > 1 ? last.bytes - first.bytes : null,
				part: first.bytes && all.length > 1 ? (last.bytes - first.bytes) / first.bytes : null };
		});
		const place = el('div', { class: 'chosen' });
		const table = page.table({
			id: id + '-table', filter: rows.length > 8, limit: 50, rows, caption: 'Sizes in bytes, each curve from its least to its most. Enter shows one above.',
			onchoose: row => place.replaceChildren(curve(row.points, row.name)),
			columns: [
				{ key: 'name', title: 'Name' },
				{ key: 'now', title: 'Now', kind: 'size', hint: 'in the newest commit that has figures; \u2013: it is gone' },
				{ key: 'delta', title: 'Change', kind: 'signed', hint: 'against the oldest commit here',
					node: row => el('span', { class: row.delta > 0 ? 'grown' : row.delta < 0 ? 'shrunk' : '' }, signed(row.delta)) },
				{ key: 'part', title: '%', kind: 'percent' },
				{ key: 'curve', title: 'Over the commits', kind: 'text', value: row => row.delta === null ? null : Math.abs(row.delta), node: row => small(row.points) },
			],
		});
		return el('div', {}, place, table.node);
	}

	function commits(build, id) {
		const regions = build.figures.filter(figure => figure.subject === 'region').slice(0, 6);
		const rows = build.commits.map(i => ({ ...doc.commits[i], i }));
		const point = (figure, row) => figure.points.find(one => one.commit === row.i) || {};
		return page.table({
			id: id + '-table', filter: rows.length > 8, limit: 50, rows, label: 'Commits',
			columns: [
				{ key: 'short', title: 'Commit', node: row => el('span', { class: 'mono' }, row.short) },
				{ key: 'day', title: 'Date', value: row => date(row) },
				...regions.flatMap((figure, k) => [
					{ key: 'bytes' + k, title: figure.name, kind: 'size', value: row => point(figure, row).bytes },
					{ key: 'delta' + k, title: 'Change', kind: 'signed', value: row => point(figure, row).delta,
						node: row => { const n = point(figure, row).delta; return el('span', { class: n > 0 ? 'grown' : n < 0 ? 'shrunk' : '' }, signed(n)); } },
				]),
				{ key: 'subject', title: 'Subject' },
			],
		}).node;
	}

	function show(build, k) {
		const of = subject => build.figures.filter(figure => figure.subject === subject);
		const heading = doc.builds.length > 1 ? build.name + ': ' : '', regions = [...of('region'), ...of('image')].filter(figure => figure.points.some(point => point.bytes));
		const tabs = Object.entries(TITLES).filter(([subject]) => of(subject).length)
			.map(([subject, title]) => ({ id: subject + k, title: title + ' ' + number(of(subject).length), node: list(build, subject + k, of(subject)) }));
		tabs.sort((a, b) => b.id.startsWith('component') - a.id.startsWith('component'));
		tabs.push({ id: 'commits' + k, title: 'Commits ' + number(build.commits.length), node: commits(build, 'commits' + k) });
		if (regions.length)
			section('regions' + k, heading + 'Regions', el('div', { class: 'curves' },
				regions.map(figure => curve(rowsOf(build, figure), figure.subject === 'image' ? 'image, bytes that are flashed' : figure.name + ', bytes used'))));
		section('lists' + k, heading + 'What they are made of', page.tabs('Lists', tabs).node);
	}

	page.source(number(doc.commits.length) + (doc.commits.length === 1 ? ' commit' : ' commits') + ' with figures, of ' + doc.ref,
		doc.commits.length ? ' \u00b7 ' + date(doc.commits[doc.commits.length - 1]) + ' to ' + date(doc.commits[0]) : '');
	doc.builds.forEach(show);
	page.ready();
})();
