'use strict';
/* The page of an image. Every figure is the document's own (data-value holds it as it is there). */
(async () => {
	const { el, number, human, percent, isKnown, section } = page;
	const [doc, places] = await Promise.all([page.packed('image'), page.packed('places')]);
	const state = { region: '', by: 'component' };
	const objectName = row => row.member ? row.path + '(' + row.member + ')' : row.path;
	const sum = nodes => nodes.reduce((bytes, node) => bytes + node.size, 0);

	/* ---- the head ---- */

	function head() {
		const { input, discarded, qstr } = doc;
		const words = [input.format, input.target, input.elf && 'with ' + page.file(input.elf), input.build_id && 'build ' + input.build_id.slice(0, 12),
			input.tree && 'components of ' + input.tree,
			qstr && isKnown(qstr.strings) ? number(qstr.strings) + ' interned strings' : null,
			discarded && discarded.count ? number(discarded.count) + ' sections discarded, ' + human(discarded.bytes) : null,
			doc.truncated ? 'rows were left out' : null].filter(word => word);
		page.source(words.join(' \u00b7 '));
		document.getElementById('findings').after(...(doc.notes || []).map(note => el('p', {}, note)));
	}

	/* ---- regions ---- */

	const bytesBehind = (origin, address) => Number(BigInt(address) - BigInt(origin));      // exact for 64 bits too
	/* What lies in a region, by offsets. A section that is copied at the start lies in two. */
	function piecesOf(region) {
		const pieces = [];
		for (const s of places.sections)
			for (const [name, start] of [[s.region, s.vma], [s.load_region, s.lma]])
				if (name === region.name)
					pieces.push({ start: bytesBehind(region.origin, start), size: s.size, name: s.name, what: s.reserved ? 'reserved' : 'used' });
		for (const gap of doc.gaps)
			if (gap.region === region.name)
				pieces.push({ start: bytesBehind(region.origin, gap.start), size: gap.size, name: 'gap', what: 'gap' });
		return pieces;
	}
	const hasCapacity = region => isKnown(region.length) && !region.window;
	function bar(region, whole) {
		const node = el('span', { class: 'region', role: 'img',
			'aria-label': hasCapacity(region) ? percent(region.used / region.length) + ' of ' + region.name + ' used' : number(region.used) + ' B used' });
		const length = Math.max(hasCapacity(region) ? region.length : 0, region.used || 0, 1);
		const at = bytes => Math.max(0, Math.min(100, 100 * bytes / length));
		const add = (what, start, bytes, name) => bytes > 0 && start < length && node.append(el('i', { class: what, title: name + ': ' + number(bytes) + ' B, ' + what,
			style: { left: at(start) + '%', width: at(bytes) + '%' } }));
		const pieces = isKnown(region.origin) && isKnown(region.length) ? piecesOf(region) : [];
		if (pieces.length) {
			for (const piece of pieces)
				add(piece.what, piece.start, piece.size, piece.name);
		} else {                        // nothing tells where: as much as it is
			add('used', 0, region.used - (region.reserved || 0), region.name);
			add('reserved', region.used - (region.reserved || 0), region.reserved, region.name);
		}
		if (isKnown(region.length) && region.length < length)
			add('over', region.length, length - region.length, 'too much');
		if (whole)
			node.style.width = Math.max(.4, 100 * length / whole) + '%';
		return node;
	}
	function regions() {
		if (!doc.regions.length)
			return;
		const longest = doc.regions.reduce((n, region) => Math.max(n, hasCapacity(region) ? region.length : 0, region.used || 0), 1);
		let whole = 0;
		const table = page.table({
			id: 'region-table', rows: doc.regions, onchoose: region => choose(region.name),
			caption: 'Sizes in bytes; what lies where, from the first to the last byte. Choosing a region shows what is in it.',
			columns: [
				{ key: 'name', title: 'Region', node: region => [region.name, region.inside ? el('span', { class: 'faint' }, ' in ' + region.inside) : '',
					region.window ? el('span', { class: 'faint' }, ' window') : ''] },
				{ key: 'bar', title: 'Filled', kind: 'text', value: region => hasCapacity(region) ? region.used / region.length : null,
					node: region => bar(region, whole) },
				{ key: 'part', title: '%', kind: 'percent', value: region => hasCapacity(region) ? region.used / region.length : null },
				{ key: 'origin', title: 'From', kind: 'address' }, { key: 'length', title: 'Size', kind: 'size' },
				{ key: 'used', title: 'Used', kind: 'size' }, { key: 'reserved', title: 'Reserved', kind: 'size', rare: true,
					hint: 'of what is used: for heap and stack' },
				{ key: 'free', title: 'Free', kind: 'size', value: region => hasCapacity(region) ? region.free : null },
			],
		});
		const scale = page.choice('Scale of the bars', [{ id: 'each', title: 'Fit each' }, { id: 'one', title: 'To scale' }], id => {
			whole = id === 'one' ? longest : 0;
			table.renew();
		});
		scale.set('each');
		const legend = el('div', { class: 'legend' }, ['used', 'reserved', 'gap', 'free'].filter(what => what === 'used' || what === 'free' ||
			(what === 'gap' ? doc.gaps.length : places.sections.some(s => s.reserved)))
			.map(what => el('span', {}, el('i', { class: 'swatch ' + what }), what === 'reserved' ? 'reserved for heap or stack' : what)));
		section('regions', 'Regions', doc.regions.length > 1 ? el('div', { class: 'bar no-print' }, scale.node) : null, table.node, legend);
	}

	/* ---- where things belong ---- */

	const objectKey = (path, member) => path + '\0' + (member || '');
	const componentOf = new Map(places.objects.map(o => [objectKey(o.path, o.member), places.components[o.component]]));
	const sectionsOf = new Map();
	for (const s of places.sections)
		sectionsOf.set(s.name, [...(sectionsOf.get(s.name) || []), s]);
	function sectionOf(symbol) {            // sections may be called alike
		const named = sectionsOf.get(symbol.section) || [];
		const holds = s => { const at = bytesBehind(s.vma, symbol.address); return 0 <= at && at < s.size; };
		return named.length > 1 && named.find(holds) || named[0];
	}
	const inRegion = (s, region) => !region || Boolean(s) && (s.region === region || s.load_region === region);
	const hasIn = (row, region) => Object.hasOwn(row.by_region, region);    // a region may be called constructor
	const bytesIn = (row, region) => !region ? row.size : hasIn(row, region) ? row.by_region[region] : 0;
	for (const symbol of doc.symbols)
		symbol.in = sectionOf(symbol);

	/* ---- the tree ---- */

	const node = (name, size, kids, more) => ({ name, size, kids: kids && kids.length ? kids : null, up: null, ...more });
	function settle(tree) {                 // largest first, and each knows in what it lies
		for (const kid of tree.kids || []) {
			kid.up = tree;
			settle(kid);
		}
		if (tree.kids)
			tree.kids.sort((a, b) => b.size - a.size);
		return tree;
	}
	/* Symbols as leaves, and what is of none: literals, padding, what a static linker made. */
	function leavesOf(symbols, size) {
		const leaves = symbols.map(s => node(s.name, s.size, null, { row: s, what: 'symbol' }));
		const rest = size - sum(leaves);
		return rest > 0 && leaves.length ? [...leaves, node('no symbol', rest, null, { what: 'rest' })] : leaves;
	}
	function grouped(rows, keyOf) {
		const groups = new Map();
		for (const row of rows) {
			const key = keyOf(row);
			if (!groups.has(key))
				groups.set(key, []);
			groups.get(key).push(row);
		}
		return groups;
	}
	function treeByComponent() {
		const symbols = grouped(doc.symbols.filter(s => s.object !== null && inRegion(s.in, state.region)), s => objectKey(s.object, s.member));
		const objects = doc.objects.map(row => {
			const own = symbols.get(objectKey(row.path, row.member)) || [], size = bytesIn(row, state.region);
			symbols.delete(objectKey(row.path, row.member));
			return node(page.file(row.member || row.path), size, leavesOf(own, size), { row, what: 'object', component: componentOf.get(objectKey(row.path, row.member)) });
		});
		for (const [key, own] of symbols) {     // of objects whose rows were left out
			const [path, member] = key.split('\0'), leaves = leavesOf(own, 0);
			objects.push(node(page.file(member || path), sum(leaves), leaves, { row: { path, member: member || null }, what: 'object', component: componentOf.get(key) }));
		}
		const components = [...grouped(objects.filter(o => o.size > 0), o => o.component || 'others')].map(([name, kids]) => node(name, sum(kids), kids, { what: 'component' }));
		return node(page.file(doc.input.name), sum(components), components, { what: 'image' });
	}
	function treeBySection() {
		const symbols = grouped(doc.symbols.filter(s => s.in), s => s.in);
		const parts = places.sections.filter(s => inRegion(s, state.region)).map(s => node(s.name, s.size, leavesOf(symbols.get(s) || [], s.size), { row: s, what: 'section' }));
		const regions = [...grouped(parts, part => state.region || part.row.region || 'no region')].map(([name, kids]) => node(name, sum(kids), kids, { what: 'region' }));
		return regions.length === 1 ? node(regions[0].name, regions[0].size, regions[0].kids, { what: 'region' })
			: node(page.file(doc.input.name), sum(regions), regions, { what: 'image' });
	}

	/* Folders of the sources that DWARF tells of, without those that hold nothing but one folder; and what it does not tell of. */
	const sourceRows = doc.sources || doc.units || [], FOLDERS_MOST = 64;
	function treeBySource() {
		const root = { kids: new Map(), own: [] }, rests = [];
		for (const row of sourceRows.filter(row => bytesIn(row, state.region) > 0)) {
			const leaf = node(page.file(row.name), bytesIn(row, state.region), null, { row, what: row.rest ? 'rest' : 'source' });
			const folders = row.name.split('/').slice(0, -1).slice(0, FOLDERS_MOST).map((name, i) => i === 0 && name === '' ? '/' : name);
			let at = root;
			for (const name of row.rest ? [] : folders) {
				if (!at.kids.has(name))
					at.kids.set(name, { kids: new Map(), own: [] });
				at = at.kids.get(name);
			}
			(row.rest ? rests : at.own).push(leaf);
		}
		const join = (name, kid) => name === '' || name === '/' ? name + kid : name + '/' + kid;
		function folderOf(name, { kids, own }) {
			const [[first, only] = []] = kids;
			if (kids.size === 1 && !own.length)
				return folderOf(join(name, first), only);
			const parts = own.concat([...kids].map(([kid, inside]) => folderOf(kid, inside)));
			return node(name, sum(parts), parts, { what: 'folder' });
		}
		let parts = root.kids.size || root.own.length ? [folderOf('', root)] : [];
		const whole = sum(parts), hasFolders = folder => (folder.kids || []).some(kid => kid.what === 'folder');
		for (let most; (most = parts.find(part => hasFolders(part) && part.size > 0.6 * whole));)       // what is in it tells more
			parts = parts.filter(part => part !== most).concat(most.kids);
		if (rests.length)
			parts.push(node('no debug information', sum(rests), rests, { what: 'folder' }));
		return node(page.file(doc.input.name), sum(parts), parts, { what: 'image' });
	}

	/* ---- colours: of a component, or of a section, wherever it is ---- */

	const N_COLORS = 10;
	const order = new Map(places.components.map((name, i) => [name, i]));
	const sectionOrder = new Map([...new Set(places.sections.slice().sort((a, b) => b.size - a.size).map(s => s.name))].map((name, i) => [name, i]));
	const colorAt = i => 'var(--part-' + (i < N_COLORS ? i : 'other') + ')';
	function color(n) {
		for (let at = n; at; at = at.up)
			if (at.what === 'component')
				return colorAt(order.get(at.name));
			else if (at.what === 'section')
				return colorAt(sectionOrder.get(at.name));
			else if ((at.what === 'folder' || at.what === 'source') && at.up && at.up.what === 'image')
				return colorAt(at.up.kids.indexOf(at));
		return 'var(--part-other)';
	}

	/* ---- the treemap, and the tables ---- */

	let map = null, chooser = null;
	const tables = [];
	const finders = { component: new Map(), object: new Map(), symbol: new Map(), section: new Map(), source: new Map() };

	function describe(n) {
		const { row } = n, root = map.root;
		return [
			n.name,
			(n.size >= 1024 ? human(n.size) + ', ' : '') + number(n.size) + ' B',
			root && root.size ? percent(n.size / root.size) + ' of ' + (state.region || (root.what === 'image' ? 'the image' : root.name)) +
				(n.up && n.up !== root && n.up.size ? ', ' + percent(n.size / n.up.size) + ' of ' + n.up.name : '') : null,
			n.what === 'symbol' ? [row.address, 'in ' + row.section, row.in && row.in.region, row.in && row.in.load_region ? 'and ' + row.in.load_region : null].filter(isKnown).join(' ')
				: row && row.by_region ? Object.entries(row.by_region).map(([name, bytes]) => name + ' ' + number(bytes)).join(', ') : null,
			n.what === 'symbol' && row.file ? row.file + (row.line ? ':' + row.line : '') : null,
			n.what === 'object' && row && objectName(row) !== n.name ? objectName(row) : null,
			n.kids && !n.rest ? number(n.kids.length) + ({ image: ' parts', component: ' objects', object: ' symbols', section: ' symbols', region: ' sections', folder: ' parts' }[n.what] || '') : null,
		].filter(isKnown).filter(line => line !== '');
	}
	function remember(tree) {
		const { what, row, name } = tree;
		if (what === 'component')
			finders.component.set(name, tree);
		else if (what === 'object')
			finders.object.set(objectKey(row.path, row.member), tree);
		else if (what === 'symbol' || what === 'section' || what === 'source')
			finders[what].set(row, tree);
		for (const kid of tree.kids || [])
			remember(kid);
	}
	function grow() {
		for (const finder of Object.values(finders))
			finder.clear();
		const trees = { component: treeByComponent, section: treeBySection, source: treeBySource };
		const tree = settle(trees[state.by]());
		remember(tree);
		map.set(tree);
	}
	function choose(region) {
		state.region = region;
		if (chooser)
			chooser.value = region;
		grow();
		for (const table of tables)
			table.renew();
		page.say(region ? 'only ' + region : 'all regions');
	}
	/* From a row to its area, if it has one as the areas are arranged. */
	function find(what, key, by) {
		if (!key || !map)               // a section that takes no memory; a page without areas
			return;
		if (by && state.by !== by && ways.some(way => way.id === by)) {
			state.by = by;
			arrange.set(by);
			grow();
		}
		const found = finders[what].get(key);
		if (!found)
			return;
		map.go(found);
		map.box.scrollIntoView({ block: 'nearest' });
	}

	const ways = [{ id: 'component', title: 'Components', rows: places.objects }, { id: 'section', title: 'Sections', rows: places.sections },
		{ id: 'source', title: 'Sources', rows: sourceRows }].filter(way => way.rows.length);
	if (ways.length)
		state.by = sourceRows.length ? 'source' : ways[0].id;
	const arrange = page.choice('Arranged by', ways, id => {
		state.by = id;
		grow();
	});

	function treemap() {
		map = new Treemap({ label: 'Size map', color, describe, onmove: path => { document.body.dataset.at = path.map(n => n.name).join(' / '); } });
		Treemap.shown = map;            // for who looks from outside: the tests
		const used = doc.regions.filter(region => region.used && !doc.regions.some(other => other.inside === region.name)).map(region => region.name);
		chooser = el('select', { id: 'region', 'aria-label': 'Region', onchange: () => choose(chooser.value) },
			el('option', { value: '' }, 'All regions'), [...new Set(used)].map(name => el('option', { value: name }, name)));
		arrange.set(state.by);
		section('areas', 'Size map', el('div', { class: 'bar no-print' }, ways.length > 1 ? arrange.node : null, used.length > 1 ? chooser : null), map.node,
			el('p', { class: 'note no-print' }, 'Click, or Enter: what lies in it. Arrow keys: the one beside it. Backspace: out again. ' +
				'What is in two regions, as initial values of variables, counts once in all, and in each of the two.'));
		grow();
	}

	/* What a region's use has beside components: rows of their own, so that all rows add up to it. */
	function rests() {
		const sum = (rows, region) => rows.reduce((n, row) => row.region === region ? n + row.size : n, 0);
		const placeholders = doc.sections.filter(s => s.placeholder && s.alloc);
		return [['*gaps*', region => sum(doc.gaps, region.name)], ['*reserved*', region => region.reserved],
			['*place holders*', region => sum(placeholders, region.name)]].map(([name, of]) => {
			const parts = doc.regions.map(region => [region.name, of(region)]).filter(part => part[1] > 0);
			return { name, rest: true, size: parts.reduce((n, part) => n + part[1], 0), by_region: Object.fromEntries(parts) };
		}).filter(row => row.size);
	}

	/* Functions by name from one to the end of its deepest path. */
	const stackRows = doc.stack || [], stackAt = new Map(stackRows.map(row => [row.address, row]));
	function pathFrom(row) {
		if (row.path)
			return row.path;
		let path = '', last = row;
		for (let at = row.next && stackAt.get(row.next); at; at = at.next && stackAt.get(at.next)) {
			path += (last.tail ? '=> ' : '> ') + at.name + (at.frame === null ? ' (?) ' : ' (' + at.frame + ') ');
			last = at;
		}
		return path.trim();
	}

	function listing() {
		const isWhole = doc.components.length > 0 && doc.components.length === places.components.length;  // no option left any out
		const owners = isWhole ? doc.components.concat(rests()) : doc.components;
		const used = doc.regions.filter(region => owners.concat(doc.objects).some(row => hasIn(row, region.name))).map(region => region.name);
		const perRegion = used.length < 2 || used.length > 6 ? [] : [...new Set(used)].map(name =>
			({ key: 'in ' + name, title: name, kind: 'size', value: row => bytesIn(row, name) }));
		/* The bar shows what is in the region that is chosen. */
		const size = { key: 'size', title: 'Size', kind: 'size', bar: true, part: row => row.by_region ? bytesIn(row, state.region) : row.size };
		const swatch = i => el('i', { class: 'part', 'aria-hidden': 'true', style: { '--c': colorAt(i) } });
		const lists = [
			{ id: 'components', title: 'Components', rows: owners, keep: row => bytesIn(row, state.region) > 0,
				onchoose: row => row.rest || find('component', row.name, 'component'), caption: 'Sizes in bytes. The rows of a region add up to what is used of it.',
				columns: [{ key: 'name', title: 'Component', node: row => row.rest ? row.name : [swatch(order.get(row.name)), row.name] }, size, ...perRegion] },
			{ id: 'sources', title: doc.units ? 'Compiled sources' : 'Sources', rows: sourceRows, keep: row => bytesIn(row, state.region) > 0,
				onchoose: row => row.rest || find('source', row, 'source'), columns: [{ key: 'name', title: 'Source' }, size, ...perRegion] },
			{ id: 'stack', title: 'Stack', rows: stackRows, caption: 'Bytes of stack. At least: the path may be deeper, for the reasons that are given.',
				columns: [{ key: 'name', title: 'Function' }, { key: 'frame', title: 'Frame', kind: 'size' }, { key: 'deepest', title: 'Deepest', kind: 'size' },
					{ key: 'at_least', title: 'At least', value: row => row.at_least.join(', ') || 'exact' }, { key: 'called', title: 'Called', value: row => row.called ? 'yes' : 'no' },
					{ key: 'path', title: 'Deepest path', value: pathFrom },
					{ key: 'file', title: 'Source', rare: true, value: row => row.file ? row.file + (row.line ? ':' + row.line : '') : null }] },
			{ id: 'archives', title: 'Archives', rows: doc.archives, keep: row => bytesIn(row, state.region) > 0,
				columns: [{ key: 'name', title: 'Archive' }, size, ...perRegion] },
			{ id: 'objects', title: 'Objects', rows: doc.objects, keep: row => bytesIn(row, state.region) > 0, onchoose: row => find('object', objectKey(row.path, row.member), 'component'),
				columns: [{ key: 'path', title: 'Object', value: objectName }, { key: 'component', title: 'Component',
					value: row => componentOf.get(objectKey(row.path, row.member)), node: row => { const name = componentOf.get(objectKey(row.path, row.member));
						return name ? [swatch(order.get(name)), name] : ''; } }, size, ...perRegion] },
			{ id: 'symbols', title: 'Symbols', rows: doc.symbols, keep: row => inRegion(row.in, state.region), onchoose: row => find('symbol', row),
				columns: [{ key: 'name', title: 'Symbol', node: row => [row.name, row.estimated ? el('span', { class: 'faint', title: 'its size is estimated' }, ' \u2248') : ''] },
					size, { key: 'address', title: 'Address', kind: 'address' }, { key: 'section', title: 'Section' },
					{ key: 'object', title: 'Object', rare: true, value: row => row.object === null ? null : objectName({ path: row.object, member: row.member }) },
					{ key: 'kind', title: 'Kind', rare: true }, { key: 'file', title: 'Source', rare: true, value: row => row.file ? row.file + (row.line ? ':' + row.line : '') : null }] },
			{ id: 'sections', title: 'Sections', rows: doc.sections, keep: row => inRegion(row, state.region),
				onchoose: row => find('section', places.sections.find(s => s.name === row.name && s.vma === row.vma), 'section'),
				columns: [{ key: 'name', title: 'Section' }, size, { key: 'vma', title: 'Address', kind: 'address' }, { key: 'lma', title: 'Loaded from', kind: 'address' },
					{ key: 'region', title: 'Region', rare: true }, { key: 'load_region', title: 'Loaded into', rare: true }, { key: 'fill', title: 'Fill', kind: 'size', rare: true },
					{ key: 'what', title: 'Memory', value: row => !row.alloc ? 'none' : row.reserved ? 'reserved' : row.nobits ? 'zeroed' : 'loaded' }] },
			{ id: 'frozen', title: 'Frozen', rows: doc.frozen, columns: [{ key: 'name', title: 'Module' }, size, { key: 'strings', title: 'Strings', kind: 'size' }] },
			{ id: 'reserved', title: 'Reserved', rows: doc.reserved, columns: [{ key: 'name', title: 'Section' }, size, { key: 'start', title: 'Address', kind: 'address' }, { key: 'what', title: 'For' }] },
			{ id: 'gaps', title: 'Gaps', rows: doc.gaps, keep: row => !state.region || row.region === state.region,
				columns: [{ key: 'start', title: 'Address', kind: 'address' }, size, { key: 'region', title: 'Region' }] },
		].filter(list => list.rows.length);
		const asked = doc.stack ? 'stack' : doc.sources || doc.units ? 'sources' : null;      // comes first
		lists.sort((a, b) => (b.id === asked) - (a.id === asked));
		if (!lists.length)
			return;
		const tabs = page.tabs('Tables', lists.map(list => {
			const table = page.table({ filter: true, limit: 50, caption: 'Sizes in bytes.', onreveal: () => state.region && choose(''), ...list, id: list.id + '-table' });
			tables.push(table);
			return { id: list.id, title: list.title + ' ' + number(list.rows.filter(row => !row.rest).length), node: table.node };
		}));
		section('tables', 'Tables', tabs.node);
	}

	head();
	regions();
	if (!doc.stack && (places.objects.length || places.sections.length))
		treemap();
	listing();
	page.ready();
})();
