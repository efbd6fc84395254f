'use strict';
/* The page of an allocation profile: its flame graph, and its sources. */
page.acts.push(async () => {
	const { el, number, human, percent, isKnown, section } = page;
	const parts = await page.packed('trees'), { is_time: isTime, has_counts: hasCount, has_alive: hasAlive } = parts;
	for (const key of ['down', 'up'])       // rows to columns
		parts[key] = Object.fromEntries(['parent', 'frame', 'bytes', 'alive', 'count', 'samples'].map((name, k) => [name, parts[key].map(row => row[k])]));
	const exact = n => isKnown(n) ? number(n) + (isTime ? ' \u00b5s' : ' B') : '\u2013';
	const short = n => isTime ? exact(n) : human(n);
	const nameOf = frame => isKnown(frame) ? parts.frames[frame].name : '[calls not known]';
	const fileOf = frame => isKnown(frame) ? parts.frames[frame].file || '?' : '';
	const all = parts.down.bytes[0];

	/* ---- files have colours: the largest ones first ---- */

	const COLORS = ['--k-L', '--k-S', '--k-F', '--k-B', '--k-T', '--k-D', '--k-A', '--k-M', '--k-m'];
	const own = parts.up.parent.flatMap((parent, i) => parent === 0 ? [[parts.up.frame[i], parts.up.bytes[i]]] : []);         // of each line
	const ownOf = new Map();
	for (const [frame, bytes] of own)
		ownOf.set(fileOf(frame), (ownOf.get(fileOf(frame)) || 0) + bytes);
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
		said.textContent = found ? found.size ? exact(sum) + ', ' + share(sum) : 'no match' : '';
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
	const alive = el('button', { type: 'button', id: 'alive', 'aria-pressed': 'false', title: 'what was not freed', onclick: () => {
		state.weight = state.weight === 'bytes' ? 'alive' : 'bytes';
		alive.setAttribute('aria-pressed', state.weight === 'alive');
		renew();
	} }, 'Alive only');
	icicle.isFlame = true;
	shapes.set('flame');
	ways.set('down');
	const legend = el('p', { class: 'files', 'aria-label': 'Colours of files' }, files.slice(0, COLORS.length).map(file =>
		el('span', {}, el('i', { class: 'dot', style: { '--c': 'var(' + colors.get(file) + ')' } }), file)), files.length > COLORS.length ? el('span', {}, el('i', { class: 'dot', style: { '--c': 'var(--k-h)' } }), 'others') : null);

	/* ---- sources ---- */

	function source(file) {
		const ofLine = new Map();
		for (const [frame, bytes] of own)
			if (isKnown(frame) && parts.frames[frame].file === file.file)
				ofLine.set(parts.frames[frame].line, (ofLine.get(parts.frames[frame].line) || 0) + bytes);
		const top = Math.max(1, ...ofLine.values());
		const rows = file.text.replace(/\n$/, '').split('\n').map((text, i) => {
			const bytes = ofLine.get(i + 1) || 0;
			return el('tr', { class: bytes ? 'hot' : null, style: bytes ? { '--heat': Math.round(8 + 30 * bytes / top) + '%' } : null },
				el('td', { class: 'num' }, bytes ? number(bytes) : ''), el('td', { class: 'num' }, bytes && all ? percent(bytes / all) : ''),
				el('td', { class: 'num at' }, i + 1), el('td', {}, text.replace(/\r$/, '').replace(/\t/g, '        ')));
		});
		return el('div', { class: 'table', tabindex: 0, role: 'group', 'aria-label': 'Source of ' + file.file },
			file.changed ? el('p', {}, 'This source has changed since the profile was made.') : null,
			el('table', { class: 'source', 'aria-label': (isTime ? 'Microseconds' : 'Bytes') + ' of the lines of ' + file.file }, el('tbody', {}, rows)));
	}

	section('calls', 'Calls', el('div', { class: 'bar no-print' }, shapes.node, ways.node, hasAlive ? alive : null, box.node, said), legend, icicle.node);
	document.getElementById('findings').after(document.getElementById('calls'));
	const table = page.tables.get('lines-table');
	if (table)
		table.link(row => {
			box.input.value = row[row.length - 1];
			search(box.input.value);
			icicle.node.scrollIntoView({ block: 'nearest' });
		});
	if (parts.sources.length)
		section('sources', 'Source', page.tabs('Files', parts.sources.map((file, i) => ({ id: 'source' + i, title: file.file + ' ' + short(file.own), node: source(file) }))).node);
});
