'use strict';
/* The page of an image: a size map of what is in its tables, and what lies where in its regions. */
page.acts.push(async () => {
	const { el, number, human, percent, isKnown, section } = page;
	const sections = (await page.packed('places')).filter(s => s.size), image = document.querySelector('h1').textContent;
	const state = { region: '', by: 'component' };
	const sum = list => list.reduce((bytes, one) => bytes + one.size, 0);

	/* Rows as they were printed, before any is left out. */
	const tableOf = id => page.tables.get(id + '-table');
	const read = (id, ...heads) => {
		const table = tableOf(id), at = heads.map(head => table?.at(head));
		return (table?.rows() || []).map(row => heads.reduce((one, head, i) => { one[head] = row[at[i]] ?? null; return one; }, { id, row }));
	};
	const regions = read('regions', 'region', 'origin', 'length', 'used', '%', 'reserved'), gaps = read('gaps', 'address', 'size', 'region');
	const components = read('components', 'name', 'size'), objects = read('objects', 'name', 'size', 'component'), sources = read('sources', 'name', 'size');
	const symbols = read('symbols', 'symbol', 'size', 'address', 'section', 'component', 'object');

	/* ---- where things belong ---- */

	const bytesBehind = (origin, address) => Number(BigInt(address) - BigInt(origin));      // exact for 64 bits too
	const sectionsOf = Map.groupBy(sections, s => s.name);
	for (const symbol of symbols) {         // sections may be called alike
		const [first, ...others] = sectionsOf.get(symbol.section) || [], isBehind = s => bytesBehind(s.vma, symbol.address) >= 0;
		symbol.in = others.findLast(isBehind) || first;
	}
	const inRegion = s => !state.region || Boolean(s) && (s.region === state.region || s.load_region === state.region);
	const bytesIn = one => state.region ? tableOf(one.id).value(one.row, state.region, true) || 0 : one.size;

	/* ---- regions ---- */

	/* What lies in a region, by offsets. A section that is copied at the start lies in two. */
	function piecesOf({ region, origin }) {
		const pieces = gaps.filter(gap => gap.region === region).map(gap => ['gap', bytesBehind(origin, gap.address), gap.size, 'gap']);
		for (const s of sections)
			for (const [name, start] of [[s.region, s.vma], [s.load_region, s.lma]])
				if (name === region)
					pieces.push([s.reserved ? 'reserved' : 'used', bytesBehind(origin, start), s.size, s.name]);
		return pieces;
	}
	const lengthOf = one => Math.max(isKnown(one['%']) ? one.length : 0, one.used, 1);
	function bar(one) {
		const { region, used, reserved } = one, length = lengthOf(one), at = bytes => Math.max(0, Math.min(100, 100 * bytes / length)) + '%';
		const pieces = isKnown(one.origin) && isKnown(one.length) ? piecesOf(one) : [];
		if (!pieces.length)             // nothing tells where: as much as it is
			pieces.push(['used', 0, used - reserved, region], ['reserved', used - reserved, reserved, region]);
		if (isKnown(one.length) && one.length < length)
			pieces.push(['over', one.length, length - one.length, 'too much']);
		return el('span', { class: 'region', role: 'img', 'aria-label': isKnown(one['%']) ? percent(one['%'] / 1000) + ' of ' + region + ' used' : number(used) + ' B used' },
			pieces.filter(([, start, bytes]) => bytes > 0 && start < length).map(([what, start, bytes, name]) =>
				el('i', { class: what, title: name + ': ' + number(bytes) + ' B, ' + what, style: { left: at(start), width: at(bytes) } })));
	}
	if (regions.length) {
		const bars = regions.map(bar), longest = Math.max(...regions.map(lengthOf)), table = tableOf('regions');
		regions.forEach(({ row }, i) => row.tr.querySelector('.name').append(bars[i]));
		table.link(row => choose(table.value(row, 'region') === state.region ? '' : table.value(row, 'region')));
		const scale = page.choice('Scale of the bars', [{ id: 'each', title: 'Fit each' }, { id: 'one', title: 'To scale' }], id =>
			bars.forEach((one, i) => { one.style.width = id === 'one' ? Math.max(.4, 100 * lengthOf(regions[i]) / longest) + '%' : ''; }));
		scale.set('each');
		const legend = [['used', 'used'], sections.some(s => s.reserved) && ['reserved', 'reserved for heap or stack'], gaps.length && ['gap', 'gap'], ['free', 'free']];
		table.node.after(el('div', { class: 'bar no-print' }, regions.length > 1 ? scale.node : null,
			el('div', { class: 'legend' }, legend.filter(Boolean).map(([what, words]) => el('span', {}, el('i', { class: 'swatch ' + what }), words)))));
	}

	/* ---- the tree ---- */

	const areas = new Map();        // of rows
	function node(name, size, kids, what, { id, row, color } = {}) {
		const made = { name, size, what, id, row, color, kids: kids && kids.length ? kids.sort((a, b) => b.size - a.size) : null, up: null };
		for (const kid of kids || [])
			kid.up = made;
		if (row)
			areas.set(row, made);
		return made;
	}
	const top = parts => node(image, sum(parts), parts, 'image');
	const fileOf = name => page.file(name.replace(/^.*\(([^()]*)\)$/, '$1'));        // of a member
	/* Symbols as leaves, and what is of none: literals, padding, what a static linker made. */
	function leavesOf(own, size) {
		const leaves = (own || []).map(s => node(s.symbol, s.size, null, 'symbol', s)), rest = size - sum(leaves);
		return rest > 0 && leaves.length ? [...leaves, node('no symbol', rest, null, 'rest')] : leaves;
	}
	function treeByComponent() {
		const own = Map.groupBy(symbols.filter(s => s.object && inRegion(s.in)), s => s.object);
		const listed = objects.map(one => [one, bytesIn(one)]), known = new Set(objects.map(one => one.name));
		for (const [name, kids] of own)         // of objects whose rows were left out
			if (!known.has(name))
				listed.push([{ name, component: kids[0].component }, sum(kids)]);
		return top([...Map.groupBy(listed.filter(([, size]) => size > 0), ([one]) => one.component || 'others')].map(([name, of]) => {
			const kids = of.map(([one, size]) => node(fileOf(one.name), size, leavesOf(own.get(one.name), size), 'object', one));
			return node(name, sum(kids), kids, 'component', components.find(one => one.name === name));
		}));
	}
	function treeBySection() {
		const own = Map.groupBy(symbols, s => s.in);
		const parts = [...Map.groupBy(sections.filter(inRegion), s => state.region || s.region || 'no region')].map(([name, of]) => {
			const kids = of.map(s => node(s.name, s.size, leavesOf(own.get(s), s.size), 'section', s));
			return node(name, sum(kids), kids, 'region');
		});
		return parts.length === 1 ? parts[0] : top(parts);
	}
	/* Folders of the sources that DWARF tells of, without those that hold nothing but one folder; and what it does not tell of. */
	function folderOf(name, list, depth) {
		const parts = [...Map.groupBy(list, ([folders]) => folders[depth])].flatMap(([folder, inside]) => isKnown(folder) ? folderOf(folder, inside, depth + 1) : inside.map(([, leaf]) => leaf));
		if (parts.length === 1 && parts[0].what === 'folder')
			return Object.assign(parts[0], { name: name === null ? parts[0].name : name + '/' + parts[0].name });
		return node(name === '' ? '/' : name ?? '.', sum(parts), parts, 'folder');
	}
	function treeBySource() {
		const leaves = sources.filter(one => bytesIn(one) > 0).map(one => [one.name.split('/').slice(0, -1).slice(0, 64),
			node(page.file(one.name), bytesIn(one), null, one.row.word === 'rest' ? 'rest' : 'source', one)]);
		const told = leaves.filter(([, leaf]) => leaf.what === 'source'), rests = leaves.flatMap(([, leaf]) => leaf.what === 'rest' ? [leaf] : []);
		let parts = told.length ? [folderOf(null, told, 0)] : [];
		const whole = sum(parts), hasFolders = folder => (folder.kids || []).some(kid => kid.what === 'folder');
		for (let most; (most = parts.find(part => hasFolders(part) && part.size > 0.6 * whole));)       // what is in it tells more
			parts = parts.filter(part => part !== most).concat(most.kids);
		if (rests.length)
			parts.push(node('no debug information', sum(rests), rests, 'folder'));
		const tree = top(parts);
		(tree.kids || []).forEach((kid, i) => { kid.color = i; });
		return tree;
	}

	/* ---- colours: of a component, a section, or a folder at the top, wherever it is ---- */

	const N_COLORS = 10, colorAt = i => 'var(--part-' + (i < N_COLORS ? i : 'other') + ')';
	const color = at => isKnown(at?.color) || !at ? colorAt(at?.color) : color(at.up);
	components.forEach((one, i) => {
		one.color = i;
		one.row.tr?.querySelector('.name').prepend(el('i', { class: 'part', 'aria-hidden': 'true', style: { '--c': colorAt(i) } }));
	});
	const sectionRows = new Map(read('sections', 'section', 'address').map(one => [one.section + BigInt(one.address), one.row]));
	[...sections].sort((a, b) => b.size - a.size).forEach((s, i) =>
		Object.assign(s, { id: 'sections', row: sectionRows.get(s.name + BigInt(s.vma)), color: sectionsOf.get(s.name).find(one => isKnown(one.color))?.color ?? i }));

	/* ---- the size map ---- */

	const ways = [{ id: 'component', title: 'Components', rows: objects.concat(symbols), tree: treeByComponent },
		{ id: 'section', title: 'Sections', rows: symbols.concat(sections.filter(s => s.row)), tree: treeBySection },
		{ id: 'source', title: 'Sources', rows: sources, tree: treeBySource }].filter(way => way.rows.length);
	const used = [...new Set(sections.flatMap(s => [s.region, s.load_region]).filter(isKnown))];
	const chooser = el('select', { id: 'region', 'aria-label': 'Region', onchange: () => choose(chooser.value) },
		el('option', { value: '' }, 'All regions'), used.map(name => el('option', { value: name }, name)));
	const arrange = page.choice('Arranged by', ways, grow);
	let map = null;

	const describe = n => [
		n.name, (n.size >= 1024 ? human(n.size) + ', ' : '') + number(n.size) + ' B',
		percent(n.size / map.root.size) + ' of ' + (state.region || (map.root.what === 'image' ? 'the image' : map.root.name)) +
			(n.up && n.up !== map.root ? ', ' + percent(n.size / n.up.size) + ' of ' + n.up.name : ''),
		...n.row ? tableOf(n.id).words(n.row).filter(([head, text]) => text && text !== n.name && head !== 'size').map(words => words.join(' ')) : [],
		...n.kids ? [number(n.kids.length) + (n.kids.length === 1 ? ' part' : ' parts')] : [],
	];
	function grow(by = state.by) {
		state.by = by;
		arrange.set(by);
		areas.clear();
		map?.set(ways.find(way => way.id === by).tree());
	}
	/* Only the rows of a region, also in tables; '': all. */
	const isIn = { symbols: one => inRegion(one.in), sections: inRegion, gaps: one => !state.region || one.region === state.region };
	const oneOf = new Map([components, read('archives', 'size'), objects, sources, symbols, sections, gaps].flat().map(one => [one.row, one]));
	function choose(region) {
		state.region = chooser.value = region;
		grow();
		for (const id of new Set([...oneOf.values()].map(one => one.id)))
			tableOf(id)?.keep(row => (isIn[id] || (one => bytesIn(one) > 0))(oneOf.get(row)), () => state.region && choose(''));
		page.say(region ? 'only ' + region : 'all regions');
	}

	if (!ways.length || tableOf('stack'))
		return;
	map = new Treemap({ label: 'Size map', color, describe, onmove: path => { document.body.dataset.at = path.map(n => n.name).join(' / '); } });
	Treemap.shown = map;            // for who looks from outside: the tests
	const part = section('areas', 'Size map', el('div', { class: 'bar no-print' }, ways.length > 1 ? arrange.node : null, used.length > 1 ? chooser : null), map.node,
		el('p', { class: 'note no-print' }, 'Click, or Enter: what lies in it. Arrow keys: the one beside it. Backspace: out again. ' +
			'What is in two regions, as initial values of variables, counts once in all, and in each of the two.' + (regions.length > 1 ? ' Choosing a region shows what is in it.' : '')));
	(document.getElementById('regions') || document.getElementById('findings')).after(part);
	grow(sources.length ? 'source' : ways[0].id);
	for (const [id, by] of [['components', 'component'], ['objects', 'component'], ['symbols', null], ['sections', 'section'], ['sources', 'source']])
		tableOf(id)?.link(row => {      // to its area, if it has one as areas are arranged, or else as they can be
			if (by && state.by !== by && ways.some(way => way.id === by))
				grow(by);
			if (areas.has(row))
				map.go(areas.get(row));
			map.box.scrollIntoView({ block: 'nearest' });
		});
});
