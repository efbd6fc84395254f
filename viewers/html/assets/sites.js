'use strict';
/* The page of an allocation profile. Every figure is the document's, or a total of it that came with the page. */
(async () => {
	const { el, number, human, percent, isKnown, section } = page;
	const doc = await page.packed('sites'), parts = await page.packed('trees');
	const isTime = doc.unit === 'us', hasAlive = parts.lines.some(line => isKnown(line.alive)), hasCount = parts.lines.some(line => isKnown(line.count));
	const exact = n => isKnown(n) ? number(n) + (isTime ? ' \u00b5s' : ' B') : '\u2013';
	const short = n => isTime ? exact(n) : human(n);
	const nameOf = frame => isKnown(frame) ? parts.frames[frame].name : '[calls not known]';
	const fileOf = frame => isKnown(frame) ? parts.frames[frame].file || '?' : '';
	const all = parts.down.bytes[0];

	/* ---- files have colours: the largest ones first ---- */

	const COLORS = ['--k-L', '--k-S', '--k-F', '--k-B', '--k-T', '--k-D', '--k-A', '--k-M', '--k-m'];
	const ownOf = new Map();
	for (const line of parts.lines)
		ownOf.set(fileOf(line.frame), (ownOf.get(fileOf(line.frame)) || 0) + line.own);
	const files = [...ownOf.keys()].filter(file => file).sort((a, b) => ownOf.get(b) - ownOf.get(a));
	const colors = new Map(files.map((file, i) => [file, COLORS[i] || '--k-h']));
	const colorOf = frame => colors.get(fileOf(frame)) || '--k-h';

	/* ---- trees, as Icicle takes them ---- */

	const state = { tree: 'down', weight: 'bytes', words: '' };
	class Tree {
		constructor(tree, weight) {
			const n = tree.parent.length, lists = tree.parent.map(() => []);
			Object.assign(this, { LIVE: 0, COLLECTABLE: -1, top: 'all', n, tree, size: tree[weight], start: new Array(n).fill(0), lists });
			this.up = tree.parent.map(parent => isKnown(parent) ? parent : -1);
			for (let i = 1; i < n; i++)
				if (this.size[i])
					lists[this.up[i]].push(i);
			for (let i = 0; i < n; i++) {           // parents stand before their children
				let at = this.start[i];
				for (const kid of lists[i].sort((a, b) => this.size[b] - this.size[a] || a - b)) {
					this.start[kid] = at;
					at += this.size[kid];
				}
			}
		}
		kids(i) { return this.lists[i]; }
		chain(i) {
			const chain = [];
			for (; i >= 0; i = this.up[i])
				chain.unshift(i);
			return chain;
		}
		label(i) { return { name: i ? nameOf(this.tree.frame[i]) : this.top }; }
		what(i) { return fileOf(this.tree.frame[i]) || this.top; }
		own(i) { return this.size[i] - this.lists[i].reduce((sum, kid) => sum + this.size[kid], 0); }
	}
	let tree = new Tree(parts.down, 'bytes');
	const share = n => percent(tree.size[0] ? n / tree.size[0] : 0);
	const describe = i => [tree.label(i).name, exact(tree.size[i]) + ', ' + share(tree.size[i]),
		state.tree === 'down' && tree.own(i) ? exact(tree.own(i)) + ' of it by itself' : null,
		hasCount && state.weight === 'bytes' ? number(tree.tree.count[i]) + ' allocations' : null,
		hasAlive && state.weight === 'bytes' ? exact(tree.tree.alive[i]) + ' not freed' : null,
		number(tree.tree.samples[i]) + ' samples'].filter(isKnown);

	/* ---- what is searched for ---- */

	const matches = i => state.words !== '' && i > 0 && nameOf(tree.tree.frame[i]).toLowerCase().includes(state.words);
	let found = null, hits = [], hit = -1;  // nodes that match; the same, largest first; which of them was gone to
	function search(text) {
		state.words = text.trim().toLowerCase();
		found = state.words ? new Set() : null;
		let sum = 0;
		for (let i = 0; found && i < tree.n; i++) {
			if (!matches(i))
				continue;
			if (!tree.chain(tree.up[i]).some(matches))
				sum += tree.size[i];
			found.add(i);
		}
		hits = [...found || []].sort((a, b) => tree.size[b] - tree.size[a]);
		hit = -1;
		said.textContent = found ? found.size ? exact(sum) + ', ' + share(sum) : 'nothing is called so' : '';
		icicle.draw();
	}

	/* ---- the picture ---- */

	const icicle = new Icicle({
		graph: tree, label: isTime ? 'Time by calls' : 'Allocations by calls', color: i => colorOf(tree.tree.frame[i]), describe, onchoose: () => {},
		note: i => share(tree.size[i]), human: short, exact, rows: [3, 24], above: Infinity, isFaint: i => found !== null && i > 0 && !found.has(i),
	});
	const said = el('span', { class: 'note', id: 'found', role: 'status' });
	const box = page.search({ label: 'Search lines', isMain: true, oninput: search, onenter: (text, isBack) => {
		if (!hits.length)
			return;
		hit = isBack ? (hit > 0 ? hit : hits.length) - 1 : (hit + 1) % hits.length;
		icicle.enter(hits[hit]);
	} });
	function renew() {
		tree = new Tree(parts[state.tree], state.weight);
		icicle.graph = tree;
		icicle.rows = 0;
		icicle.marked = -1;
		icicle.renew();
		search(box.input.value);
	}
	const shapes = page.choice('Shape', [{ id: 'flame', title: 'Flame graph', hint: 'callers below' }, { id: 'icicle', title: 'Icicle', hint: 'callers above' }], id => {
		icicle.isFlame = id === 'flame';
		icicle.draw();
	});
	const ways = page.choice('Order of calls', [{ id: 'down', title: 'From the program', hint: 'what each line calls' }, { id: 'up', title: 'From the lines', hint: 'which callers each line has' }],
		id => { state.tree = id; renew(); });
	const alive = el('button', { type: 'button', id: 'alive', 'aria-pressed': 'false', title: 'what was ' + parts.alive, onclick: () => {
		state.weight = state.weight === 'bytes' ? 'alive' : 'bytes';
		alive.setAttribute('aria-pressed', state.weight === 'alive');
		renew();
	} }, 'Alive only');
	icicle.isFlame = true;
	shapes.set('flame');
	ways.set('down');
	const legend = el('p', { class: 'files', 'aria-label': 'Colours of files' }, files.slice(0, COLORS.length).map(file =>
		el('span', {}, el('i', { class: 'dot', style: { '--c': 'var(' + colors.get(file) + ')' } }), file)), files.length > COLORS.length ? el('span', {}, el('i', { class: 'dot', style: { '--c': 'var(--k-h)' } }), 'others') : null);

	/* ---- lines ---- */

	const most = parts.lines.reduce((n, line) => Math.max(n, line.own), 1);
	const table = page.table({
		id: 'lines-table', filter: parts.lines.length > 8, limit: 50, rows: parts.lines,
		caption: (isTime ? 'Microseconds' : 'Bytes') + ' of each line itself, and with what it calls. Enter finds a line above.',
		onchoose: row => {
			box.input.value = isKnown(row.frame) ? nameOf(row.frame) : '';
			search(box.input.value);
			icicle.node.scrollIntoView({ block: 'nearest' });
		},
		columns: [
			{ key: 'name', title: 'Line', value: row => nameOf(row.frame) },
			{ key: 'own', title: 'Own', kind: 'size' },
			{ key: 'share', title: 'Share', kind: 'percent', value: row => all ? row.own / all : null },
			{ key: 'bar', name: 'Share as a bar', wide: true, value: row => row.own, node: row => row.own ? el('i', { class: 'bar-of', style: { width: 100 * row.own / most + '%' } }) : '' },
			{ key: 'total', title: 'Total', kind: 'size', hint: 'with what it calls' },
			...hasCount ? [{ key: 'count', title: 'Count', kind: 'number', wide: true }] : [],
			...hasAlive ? [{ key: 'alive', title: 'Alive', kind: 'size', hint: parts.alive }] : [],
			{ key: 'samples', title: 'Samples', kind: 'number', wide: true },
		],
	});

	/* ---- compared with an earlier profile ---- */

	function changes(compared) {
		const rows = compared.changes;
		return page.table({
			id: 'changes-table', rows, limit: 50, filter: rows.length > 8,
			caption: (isTime ? 'Microseconds' : 'Bytes') + ' of each line itself' + (compared.alive ? ', not freed' : '') + ', before and after. ~ may be chance: there are too few samples to be sure.',
			columns: [
				{ key: 'name', title: 'Line' },
				{ key: 'before', title: 'Before', kind: 'size' },
				{ key: 'after', title: 'After', kind: 'size' },
				{ key: 'change', title: 'Change', kind: 'size', node: row => (row.change > 0 ? '+' : row.change < 0 ? '\u2212' : '') + number(Math.abs(row.change)) },
				{ key: 'chance', title: '', name: 'May be chance', value: row => row.may_be_chance ? '~' : '' },
			],
		}).node;
	}

	/* ---- what is left ---- */

	function kept() {
		const quarters = ['First', 'Second', 'Third', 'Last'].map((title, i) => ({
			key: 'quarter' + i, title: title + ' quarter', kind: 'percent', wide: true, value: row => row.bytes ? row.quarters[i] / row.bytes : null }));
		return page.table({
			id: 'kept-table', rows: doc.kept, limit: 50, filter: doc.kept.length > 8,
			caption: 'What was ' + parts.alive + ', by what holds it and the line that allocated it, and when that was. + leak: its holder grew in at least 3 of 4 quarters of the run.' + (doc.kept.some(row => row.in_doubt) ? ' ? in doubt: it may be other memory, or more than is left of a block that moved.' : ''),
			columns: [
				{ key: 'name', title: 'Held by, and line' },
				{ key: 'bytes', title: 'Bytes', kind: 'size' },
				{ key: 'leak', title: '', name: 'Leaks', value: row => row.leak ? '+' : row.in_doubt ? '?' : '' },
				...quarters,
				{ key: 'samples', title: 'Samples', kind: 'number', wide: true },
			],
		}).node;
	}

	/* ---- sizes of requests ---- */

	function sizes() {
		const rows = doc.sizes.map((row, i) => ({ ...row, i })).filter(row => row.count), top = rows.reduce((n, row) => Math.max(n, row.count), 1);
		return page.table({
			id: 'sizes-table', rows, label: 'Sizes of requests', columns: [
				{ key: 'to', title: 'At most', value: row => isKnown(row.to) ? number(row.to) + ' B' : 'more' },
				{ key: 'count', title: 'Requests', kind: 'number' },
				{ key: 'bar', name: 'As a bar', value: row => row.count, node: row => el('i', { class: 'bar-of', style: { width: 100 * row.count / top + '%' } }) },
			],
		}).node;
	}

	/* ---- sources ---- */

	function source(file) {
		const own = new Map();
		for (const line of parts.lines)
			if (isKnown(line.frame) && parts.frames[line.frame].file === file.file)
				own.set(parts.frames[line.frame].line, (own.get(parts.frames[line.frame].line) || 0) + line.own);
		const top = Math.max(1, ...own.values());
		const rows = file.text.replace(/\n$/, '').split('\n').map((text, i) => {
			const bytes = own.get(i + 1) || 0;
			return el('tr', { class: bytes ? 'hot' : null, style: bytes ? { '--heat': Math.round(8 + 30 * bytes / top) + '%' } : null },
				el('td', { class: 'num' }, bytes ? number(bytes) : ''), el('td', { class: 'num wide' }, bytes && all ? percent(bytes / all) : ''),
				el('td', { class: 'num at' }, i + 1), el('td', {}, text.replace(/\r$/, '').replace(/\t/g, '        ')));
		});
		return el('div', { class: 'table', tabindex: 0, role: 'group', 'aria-label': 'Source of ' + file.file },
			file.changed ? el('p', {}, 'This source has changed since the profile was made.') : null,
			el('table', { class: 'source', 'aria-label': (isTime ? 'Microseconds' : 'Bytes') + ' of the lines of ' + file.file }, el('tbody', {}, rows)));
	}

	page.source(number(doc.samples) + (doc.samples === 1 ? ' sample' : ' samples') + ' in ' + number(doc.sites.length) + (doc.sites.length === 1 ? ' chain' : ' chains') + ' of calls');
	section('calls', 'Calls', el('div', { class: 'bar no-print' }, shapes.node, ways.node, hasAlive ? alive : null, box.node, said), legend, icicle.node);
	section('lines', 'Lines', table.node);
	if (doc.kept && doc.kept.length)
		section('kept', 'Still allocated at the end', kept());
	if (doc.compared)
		section('changes', 'Compared with ' + doc.compared.with, changes(doc.compared));
	if (doc.sizes)
		section('sizes', 'Sizes of requests', sizes());
	if (parts.sources.length)
		section('sources', 'Source', page.tabs('Files', parts.sources.map((file, i) => ({ id: 'source' + i, title: file.file + ' ' + short(file.own), node: source(file) }))).node);
	page.ready();
})();
