'use strict';
/* The page of a diff. Every figure is the document's own (data-value holds it as it is there). */
(async () => {
	const { el, number, signed, isKnown, section } = page;
	const doc = await page.packed('diff');
	const main = document.getElementById('main');
	const CHANGES = ['added', 'removed', 'grown', 'shrunk', 'moved', 'renamed', 'same'];
	const FIGURES = {               // as fill_pool of viewers/document/diff.c
		total: 'Total', used: 'Used', free: 'Free', largest_free: 'Largest free', objects: 'Objects', free_runs: 'Free runs',
	};
	const most = rows => rows.reduce((n, row) => Math.max(n, Math.abs(row.delta)), 0);

	function head() {
		const dump = of => isKnown(of.dump) ? 'dump ' + of.dump + (isKnown(of.dumps) ? ' of ' + number(of.dumps) : '') : null;
		const side = of => [of.format, of.elf && 'with ' + page.file(of.elf), dump(of), of.label && '\u201c' + of.label + '\u201d', of.time].filter(isKnown).join(', ');
		const findings = document.getElementById('findings');
		page.source('old: ', el('span', { id: 'old' }, page.file(doc.old.name)), ' (' + side(doc.old) + ') \u00b7 new: ',
			el('span', { id: 'new' }, page.file(doc.new.name)), ' (' + side(doc.new) + ') \u00b7 ',
			el('span', { id: 'differences', 'data-value': doc.differences }, number(doc.differences) + (doc.differences === 1 ? ' difference' : ' differences')),
			doc.truncated ? ' \u00b7 rows were left out' : '');
		main.prepend(findings, ...doc.notes.map(note => el('p', {}, note)));
	}

	/* ---- pools: their figures ---- */

	function pools() {
		for (const [i, pool] of (doc.pools || []).entries()) {
			const rows = Object.entries(FIGURES).filter(([key]) => pool[key] && (isKnown(pool[key].old) || isKnown(pool[key].new))).map(([key, title]) => {
				const { old, new: now } = pool[key];
				return { key, title, old, new: now, delta: isKnown(old) && isKnown(now) ? now - old : null, part: old && isKnown(now) ? (now - old) / old : null };
			});
			section('pool-' + i, 'Pool ' + pool.name, page.table({
				id: 'pool-table-' + i, rows, columns: [
					{ key: 'title', title: 'Figure' }, { key: 'old', title: 'Old', kind: 'size' }, { key: 'new', title: 'New', kind: 'size' },
					{ key: 'delta', title: 'Change', kind: 'signed' }, { key: 'part', title: '%', kind: 'percent' },
					{ key: 'bar', title: 'More or less', kind: 'text', value: row => row.part, node: row => page.change(row.part || 0, 1) },
				],
			}).node);
		}
	}

	/* ---- runs of blocks ---- */

	function runs() {
		const all = doc.runs || [], names = [...new Set(all.map(run => run.pool))], strips = new Map();
		if (!all.length)
			return;
		const what = run => run.old === '.' ? 'added' : run.new === '.' ? 'removed' : 'changed';
		const letter = c => [el('span', { class: 'mono' }, c), ' ', Strip.nameOf(c)];
		const table = page.table({
			id: 'run-table', filter: true, limit: 20, rows: all, caption: 'Blocks that changed, by address. Enter shows them above.',
			onchoose: run => strips.get(run.pool).choose(run),
			columns: [
				{ key: 'start', title: 'Address', kind: 'address' }, { key: 'bytes', title: 'Bytes', kind: 'size' },
				{ key: 'old', title: 'Was', node: run => letter(run.old) }, { key: 'new', title: 'Is', node: run => letter(run.new) },
				{ key: 'what', title: 'Change', value: what, node: run => el('span', { class: what(run) }, what(run)) },
				...names.length > 1 ? [{ key: 'pool', title: 'Pool' }] : [],
			],
		});
		const said = el('p', { class: 'note', role: 'status' }, '\u00a0');
		const place = section('runs', 'What changed, by address');
		for (const name of names) {
			const own = all.filter(run => run.pool === name);
			const strip = new Strip({
				label: own.length + ' runs of blocks of ' + name + ' changed; the table has them', runs: own,
				onchoose: run => { said.textContent = page.visible(run.start + ': ' + number(run.bytes) + ' B, ' + Strip.words(run)); },
			});
			strips.set(name, strip);
			Strip.shown = Strip.shown || strip;     // for who looks from outside: the tests
			place.append(...names.length > 1 ? [el('h3', {}, name)] : [], strip.node);
		}
		const letters = [...new Set(all.flatMap(run => [run.old, run.new]))].sort();
		place.append(el('div', { class: 'legend' }, letters.map(c => el('span', {}, el('i', { class: 'swatch', style: { background: 'var(' + Strip.colorOf(c) + ')' } }), c + ' ' + Strip.nameOf(c)))),
			el('p', { class: 'note' }, 'Above what was there, below what is there now. Addresses at which nothing changed are left out where a dashed line is.'),
			said, table.node);
	}

	/* ---- the lists ---- */

	const LISTS = { components: 'Components', objects: 'Objects', symbols: 'Symbols', sections: 'Sections', archives: 'Archives', frozen: 'Frozen', sources: 'Sources', folders: 'Folders of sources',
		kinds: 'Kinds' };

	function list(id, rows) {
		const regions = [...new Set(rows.flatMap(row => Object.keys(row.by_region || {})))];
		const largest = most(rows), state = { change: null };
		const was = (now, before) => before ? el('span', { class: 'faint' }, ' was ' + page.visible(before)) : '';
		const table = page.table({
			id: id + '-table', filter: rows.length > 8, limit: 100, rows, caption: 'Sizes in bytes.', keep: row => !state.change || row.change === state.change,
			onreveal: () => { state.change = null; choice.set(''); },
			columns: [
				{ key: 'name', title: 'Name', node: row => [id === 'kinds' ? el('span', { class: 'mono' }, row.name) : row.name,
					id === 'kinds' ? ' ' + heaps.name(row.name) : '', was(row.name, row.from)] },
				{ key: 'old', title: 'Old', kind: 'size' }, { key: 'new', title: 'New', kind: 'size' },
				{ key: 'delta', title: 'Change', kind: 'signed', node: row => el('span', { class: row.delta > 0 ? 'grown' : row.delta < 0 ? 'shrunk' : '' }, signed(row.delta)) },
				{ key: 'bar', title: 'Less or more', kind: 'signed', value: row => row.delta, node: row => page.change(row.delta, largest) },
				{ key: 'change', title: 'What', node: row => el('span', { class: row.change }, row.change) },
				...regions.length > 1 ? regions.map(name => ({ key: 'in ' + name, title: name, kind: 'signed', value: row => Object.hasOwn(row.by_region, name) ? row.by_region[name] : 0 })) : [],
				{ key: 'object', title: 'Object', rare: true, node: row => [row.object, was(row.object, row.from_object)] },
				{ key: 'region', title: 'Region', rare: true, node: row => [row.region, was(row.region, row.from_region)] },
				{ key: 'pool', title: 'Pool', rare: true },
				{ key: 'objects', title: 'Objects', kind: 'signed', rare: true, value: row => row.objects ? (row.objects.new || 0) - (row.objects.old || 0) : null },
			],
		});
		const counts = CHANGES.map(change => [change, rows.filter(row => row.change === change).length]).filter(([, n]) => n);
		const choice = page.choice('Only what was', [{ id: '', title: 'All ' + number(rows.length) }, ...counts.map(([change, n]) =>
			({ id: change, title: change + ' ' + number(n) }))], change => { state.change = change || null; table.renew(); });
		choice.set('');
		return el('div', {}, counts.length > 1 ? el('div', { class: 'bar no-print counts' }, choice.node) : null, table.node);
	}
	function lists() {
		if (doc.regions && doc.regions.length)
			section('regions', 'Regions', list('regions', doc.regions));
		const there = Object.entries(LISTS).filter(([id]) => doc[id] && doc[id].length);
		if (!there.length)
			return;
		section('changes', 'What changed', page.tabs('Lists', there.map(([id, title]) => ({ id, title: title + ' ' + number(doc[id].length), node: list(id, doc[id]) }))).node);
	}

	head();
	pools();
	lists();
	runs();
	page.ready();
})();
