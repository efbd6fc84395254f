'use strict';
/* The page of a heap's objects. Every figure is the document's own, or a sum of the objects that are in the page. */
(async () => {
	const { el, number, human, percent, section } = page;
	const text = async id => new TextDecoder().decode(await page.bytes(id));
	const [doc, lists, numbers, steps] = await Promise.all([page.packed('objects'), page.packed('lists'), page.bytes('graph'), text('steps')]);
	const graph = new Graph(lists, numbers, steps), { LIVE, COLLECTABLE } = graph;
	Graph.shown = graph;            // for who looks from outside: the tests

	/* ---- colours: of what an object is made of ---- */

	const FAMILIES = [
		['instances, classes', '--o-instance', ['instance', 'class']], ['modules', '--o-module', ['module']],
		['dicts, sets', '--o-dict', ['dict', 'OrderedDict', 'set', 'frozenset', 'attributes', 'dict table', 'set table']],
		['lists', '--o-list', ['list', 'list items']], ['tuples', '--o-tuple', ['tuple']], ['texts, bytes', '--o-text', ['str', 'bytes', 'text', 'names']],
		['buffers', '--o-buffer', ['bytearray', 'array', 'memoryview', 'buffer']],
		['functions', '--o-code', ['function', 'generator', 'closure', 'cell', 'bound_method', 'bytecode', 'code', 'constants']],
		['others', '--o-other', []],
	];
	const familyOf = graph.kinds.map(kind => FAMILIES.find(family => family[2].includes(kind)) || FAMILIES[FAMILIES.length - 1]);
	const color = i => i < graph.n ? familyOf[graph.kind[i]][1] : '--o-other';

	/* ---- the head ---- */

	function head() {
		const { total, used, live, collectable } = doc.heap, share = bytes => 100 * bytes / (total || 1) + '%';
		const parts = [['live', live.bytes, live.objects], ['garbage', collectable.bytes, collectable.objects], ['free', total - used, null]];
		const findings = document.getElementById('findings');
		page.source('heap of ' + human(total), ' \u00b7 ', number(graph.n) + ' objects', doc.since ? ' \u00b7 compared with ' + doc.since.name : '');
		findings.append(el('div', { class: 'fill heap', role: 'img', 'aria-label': parts.map(([name, bytes]) => name + ' ' + human(bytes)).join(', ') },
			parts.map(([name, bytes]) => el('i', { class: name, title: name + ': ' + number(bytes) + ' B', style: { width: share(bytes) } }))),
		el('div', { class: 'legend', id: 'totals' }, parts.map(([name, bytes, objects]) => el('span', { 'data-key': name, 'data-value': bytes }, el('i', { class: 'swatch ' + name }),
			name + ' ' + human(bytes), el('span', { class: 'faint' }, percent(bytes / (total || 1)) + (objects === null ? '' : ', ' + number(objects) + (objects === 1 ? ' object' : ' objects')))))));
	}

	/* ---- what is chosen ---- */

	const describe = i => [
		graph.title(i), graph.what(i) || null,
		i < graph.n ? 'own ' + number(graph.own[i]) + ' B' : null,
		i === COLLECTABLE || i < graph.n && !graph.live[i] ? null : (i < graph.n ? 'retains ' : '') + number(graph.size[i]) + ' B' + (graph.size[i] >= 1024 ? ', ' + human(graph.size[i]) : '') +
			(i < graph.n ? ', ' + percent(graph.size[i] / (graph.size[LIVE] || 1)) + ' of what is live' : ''),
		number(graph.count[i]) + (graph.count[i] === 1 ? ' object' : ' objects'),
	].filter(line => line);

	let icicle = null, holders = null, chosen = -1;
	const detail = el('div', { class: 'panel inspector', id: 'detail' });
	const FOLLOWED = { [LIVE]: '#live', [COLLECTABLE]: '#collectable' };
	const hashOf = i => FOLLOWED[i] || '#' + graph.address(i);
	/* The address of the page has what is shown, so that it can be gone back to, and sent. */
	function choose(i) {
		if (location.hash === hashOf(i))
			show(i);
		else
			location.hash = hashOf(i);
	}
	function show(i) {
		const hadFocus = holders.tree.contains(document.activeElement);
		const bare = i < graph.n && graph.rep[i] !== i ? i : graph.bare >= 0 && i === graph.bare ? i : -1;
		if (bare !== graph.bare) {
			graph.fold(bare);
			holders.renew();
			icicle.renew();
		}
		chosen = i;
		holders.show(i);
		icicle.show(i);
		inspect(i);
		if (hadFocus && !holders.tree.contains(document.activeElement))
			holders.focus(holders.rowOf(i));
		page.say(describe(i).join(', '));
		document.body.dataset.chosen = i;
	}
	function follow() {
		const wanted = location.hash.slice(1);
		const i = wanted === 'live' ? LIVE : wanted === 'collectable' && graph.hasKids(COLLECTABLE) ? COLLECTABLE : graph.at(wanted);
		if (i >= 0)
			show(i);
		else if (/^0x/.test(wanted))
			page.say('No object is at ' + wanted);
		return i >= 0;
	}

	const link = (i, ...kids) => el('a', { href: hashOf(i), 'data-to': i }, kids.length ? kids : graph.title(i));
	const kindOf = i => graph.what(i) + (graph.class[i] ? ', an instance' : '');

	/* Others, as rows: those that it refers to, or that refer to it. */
	function others(id, title, rows, none) {
		if (!rows.length)
			return [el('h3', {}, title), el('p', { class: 'note' }, none)];
		const n = rows.reduce((sum, row) => sum + row.n, 0);
		return [el('h3', {}, title + ' ' + number(rows.length)), page.table({
			id, label: title, rows, limit: 8, sort: '-size',
			columns: [
				{ key: 'path', title: 'Object', value: row => row.i === LIVE ? 'a root of the collector' : graph.title(row.i), node: row => [
					row.i === LIVE ? 'a root of the collector' : link(row.i), ' ', el('span', { class: 'faint' }, row.i === LIVE ? '' : graph.what(row.i)),
					row.n > 1 ? el('span', { class: 'faint', title: 'so many words' }, ' \u00d7' + number(row.n)) : null] },
				{ key: 'size', title: 'Retained', kind: 'size', value: row => row.i === LIVE ? null : graph.size[row.i] },
			],
		}).node, n > rows.length ? el('p', { class: 'note' }, number(n) + ' words in all.') : null];
	}
	function inspect(i) {
		const row = (name, key, value, ...kids) => [el('dt', {}, name), el('dd', { 'data-key': key, 'data-value': value }, kids)];
		const isObject = i < graph.n, isLive = isObject ? graph.live[i] : i === LIVE, up = graph.up[i], parts = isObject ? graph.parts(i) : [];
		const bytes = value => number(value) + ' B' + (value >= 1024 ? ' (' + human(value) + ')' : '');
		const way = [];
		if (isObject)
			graph.walk(i, -1, (at, step) => way.push(at < 0 || graph.rep[at] === graph.rep[i] ? step : link(at, step)));
		detail.replaceChildren(el('h3', { class: 'mono path', 'data-key': 'path' }, way.length ? way : graph.title(i)), el('dl', {},
			isObject ? row('address', 'address', graph.address(i), link(i, graph.address(i))) : null,
			isObject ? row(graph.class[i] ? 'class' : 'kind', 'what', graph.what(i), kindOf(i)) : null,
			isObject ? row('own', 'own', graph.own[i], bytes(graph.own[i]), parts.length ? el('span', { class: 'faint' }, ', of which ' + number(graph.bytes[i]) + ' B the object itself') : null) : null,
			isLive ? row('retained', 'retained', graph.size[i], bytes(graph.size[i]), el('span', { class: 'faint' }, ' ' + percent(graph.size[i] / (graph.size[LIVE] || 1)))) :
				i === COLLECTABLE ? row('bytes', 'retained', graph.size[i], bytes(graph.size[i])) : null,
			isLive || !isObject ? row('objects', 'count', graph.count[i], number(graph.count[i])) : null,
			isObject ? row('held by', 'holder', up, !graph.live[i] ? 'nothing: the next collection frees it' : up === LIVE ? 'no object alone' : link(up)) : null,
			parts.length ? row('parts', 'parts', parts.length, parts.slice(0, 8).map((part, k) => [k ? ', ' : '', link(part, graph.what(part)), ' ', el('span', { class: 'faint' }, number(graph.bytes[part]) + ' B')]),
				parts.length > 8 ? ', \u2026 ' + number(parts.length - 8) + ' more' : null) : null));
		if (isObject)
			detail.append(...others('referrers', 'Referred to by', graph.referrers(i), 'Nothing.').filter(kid => kid), ...others('references', 'Refers to', graph.references(i), 'Nothing on the heap.').filter(kid => kid));
	}

	/* ---- search ---- */

	const HITS = 1000, SLICE_MS = 12;
	const hits = page.table({ id: 'hits', label: 'What was found', limit: 8, onchoose: i => choose(i), columns: [
		{ key: 'path', title: 'Object', value: i => graph.title(i) }, { key: 'what', title: 'Kind or class', value: i => graph.what(i) },
		{ key: 'address', title: 'Address', kind: 'address', wide: true, value: i => graph.address(i) },
		{ key: 'own', title: 'Own', kind: 'size', wide: true, value: i => graph.own[i] }, { key: 'size', title: 'Retained', kind: 'size', value: i => graph.live[i] ? graph.size[i] : 0 }] });
	const found = el('span', { class: 'note', role: 'status', id: 'found' });
	let asked = 0, best = [], at = -1;
	const search = page.search({ label: 'Find objects', isMain: true, hint: 'Find: path, class, kind or 0x\u2026', oninput: value => find(value), onenter: (value, isBack) => {
		if (best.length) {
			at = (at + (isBack ? best.length - 1 : 1) + (at < 0 && isBack ? 1 : 0)) % best.length;
			hits.mark(best[at]);
			choose(best[at]);
		}
	} });
	/* The test that an object must pass. "kind:list" and "class:Dev" are those that the tables count. */
	function testOf(value) {
		const [, by, name] = /^(kind|class):(.*)$/s.exec(value) || [];
		if (by) {
			const list = by === 'kind' ? graph.kinds : graph.classes, wanted = list.indexOf(name) + (by === 'class' ? 1 : 0), column = graph[by];
			return i => column[i] === wanted && (by === 'kind' || wanted > 0) && graph.live[i];
		}
		const words = value.toLowerCase().split(/\s+/).filter(word => word);
		const lower = [graph.kinds, graph.classes].map(list => list.map(word => word.toLowerCase()));
		return i => {
			if (graph.rep[i] !== i)
				return false;
			const line = graph.path(i).toLowerCase() + '\n' + lower[0][graph.kind[i]] + '\n' + (graph.class[i] ? lower[1][graph.class[i] - 1] : '') + '\n' + graph.address(i);
			return words.every(word => line.includes(word));
		};
	}
	/* A slice at a time, so that the page stays at hand; the last question counts. */
	async function find(value) {
		const id = ++asked, all = [], one = graph.at(value.trim());
		best = [];
		at = -1;
		found.textContent = '';
		if (!value.trim()) {
			hits.node.classList.add('off');
			document.body.dataset.found = '';
			return;
		}
		const test = testOf(value.trim());
		for (let i = 0; i < graph.n;) {
			const until = performance.now() + SLICE_MS;
			for (; i < graph.n && performance.now() < until;)
				for (const end = Math.min(graph.n, i + 200); i < end; i++)
					if (i !== one && test(i))
						all.push(i);
			if (i < graph.n)
				await new Promise(done => setTimeout(done));
			if (id !== asked)
				return;
		}
		all.sort((a, b) => graph.live[b] * graph.size[b] - graph.live[a] * graph.size[a] || a - b);
		best = [...one >= 0 ? [one] : [], ...all].slice(0, HITS);
		hits.set(best);
		hits.node.classList.toggle('off', !best.length);
		const n = all.length + (one >= 0 ? 1 : 0);
		found.textContent = number(n) + (n === 1 ? ' object' : ' objects') + (n > best.length ? ', the ' + number(best.length) + ' largest are listed' : '');
		document.body.dataset.found = value;
	}
	function ask(value) {
		search.input.value = value;
		find(value);
		search.input.scrollIntoView({ block: 'center' });
		search.input.focus({ preventScroll: true });
	}

	/* ---- parts of the page ---- */

	function pictures() {
		icicle = new Icicle({ graph, label: 'Who holds what', color, describe, onchoose: i => choose(i) });
		holders = new Holders({ graph, label: 'Who holds what', color, onchoose: i => choose(i) });
		Icicle.shown = icicle;
		Holders.shown = holders;
		const there = new Set(graph.kind.map(kind => FAMILIES.indexOf(familyOf[kind])));
		const legend = el('div', { class: 'legend' }, FAMILIES.filter((family, k) => there.has(k)).map(([name, property]) =>
			el('span', {}, el('i', { class: 'swatch', style: { background: 'var(' + property + ')' } }), name)));
		hits.node.classList.add('off');
		section('picture', 'Who holds what', el('p', { class: 'note' }, 'What lies below an object is freed with it: nothing else leads there. Each is as wide as what it retains, ' +
			'in bytes of blocks. Its items, tables and texts count as its own.'), icicle.node, legend);
		section('tree', 'Objects', el('div', { class: 'bar no-print' }, search.node, found), hits.node,
			el('div', { class: 'beside' }, el('div', {}, holders.node, el('p', { class: 'note' }, 'The share is that of what the holder retains. \u2197: several ways lead there, ' +
				'all through the holder; the name is that of one of them. Arrow keys open and close, Enter chooses.')), detail));
	}

	/* What has changed since another memory file, where that was asked for. */
	function since() {
		const s = doc.since;
		if (!s)
			return;
		const change = rows => {
			const most = rows.reduce((n, row) => Math.max(n, Math.abs(row.bytes)), 1);
			return [{ key: 'bytes', title: 'Bytes', kind: 'signed' }, { key: 'objects', title: 'Objects', kind: 'signed' },
				{ key: 'bar', title: 'Less or more', kind: 'text', wide: true, value: row => row.bytes, node: row => page.change(row.bytes, most) }];
		};
		const global = name => doc.globals.find(row => row.path === name);
		const lists = [
			{ id: 'came', title: 'Came', rows: s.owners || [], columns: [{ key: 'owner', title: 'Owner' }, ...change(s.owners || []), { key: 'what', title: 'What',
				value: row => row.what.map(part => part.objects ? number(part.objects) + ' ' + part.name : part.name + ' grew').join(', ') }] },
			...[['globals', 'Globals', 'Global'], ['classes', 'Classes', 'Class'], ['kinds', 'Kinds', 'Kind']].map(([key, title, one]) =>
				({ id: 'since-' + key, title, rows: s[key], columns: [{ key: 'name', title: one }, ...change(s[key])] })),
		].filter(list => list.rows.length);
		const onchoose = row => { const of = global(row.owner || row.name); if (of) choose(of.object); };
		section('since', 'Since ' + s.name, el('p', {}, 'Live memory has changed by ' + page.signed(doc.heap.live.bytes - s.live.bytes) + ' B' + (s.same_start ?
			': ' + number(s.born.objects) + (s.born.objects === 1 ? ' new object (' : ' new objects (') + human(s.born.bytes) + '), ' + number(s.gone.objects) + ' gone (' + human(s.gone.bytes) + ')' :
			'. The board was restarted between the two: only names are compared.')),
		page.tabs('What has changed', lists.map(list => ({ id: list.id, title: list.title + ' ' + number(list.rows.length), node: page.table({
			limit: 20, caption: 'Sizes in bytes.', ...list, id: list.id + '-table', onchoose: list.id === 'came' || list.id === 'since-globals' ? onchoose : null }).node }))).node);
	}

	const go = i => {
		if (i < 0)
			return;
		choose(i);
		document.getElementById('tree').scrollIntoView({ block: 'start' });
	};

	function advice() {
		const SAVES = { used: 'used memory', garbage: 'garbage', largest_free: 'a larger free run' };
		if (!doc.advice.length)
			section('advice', 'Advice', el('p', { class: 'note' }, 'Nothing to advise.'));
		else
			section('advice', 'Advice', page.table({ id: 'advice-table', label: 'Advice', rows: doc.advice, limit: 20, caption: 'Sizes in bytes.',
				onchoose: row => { if (row.objects.length) go(graph.at(row.objects[0].address)); }, columns: [
					{ key: 'text', title: 'What to do' }, { key: 'saved_bytes', title: 'Saves', kind: 'size' },
					{ key: 'saves', title: 'Of', value: row => SAVES[row.saves] }, { key: 'basis', title: 'How that is worked out', wide: true }] }).node);
	}

	function figures() {
		const bar = (rows, key) => {
			const most = rows.reduce((n, row) => Math.max(n, row[key]), 1);
			return { key: 'bar', title: 'Share', kind: 'text', wide: true, value: row => row[key],
				node: row => el('span', { class: 'bar-of', 'aria-hidden': 'true', style: { width: 100 * row[key] / most + '%' } }) };
		};
		const size = (key, title, more) => ({ key, title, kind: 'size', ...more });
		const tables = [
			{ id: 'globals', title: 'Globals', rows: doc.globals, onchoose: row => go(row.object), columns: [{ key: 'path', title: 'Name' },
				{ key: 'what', title: 'Kind or class', value: row => row.class || row.kind }, size('retained', 'Retained'), size('objects', 'Objects', { wide: true }),
				size('bytes', 'Bytes', { wide: true, hint: 'its blocks alone, without items and tables' }), { key: 'module', title: 'Module', wide: true }, bar(doc.globals, 'retained')] },
			{ id: 'modules', title: 'Modules', rows: doc.modules, onchoose: row => go(row.object), columns: [{ key: 'name', title: 'Module' }, size('retained', 'Retained'),
				size('objects', 'Objects'), bar(doc.modules, 'retained')] },
			{ id: 'classes', title: 'Classes', rows: doc.classes, onchoose: row => ask('class:' + row.name), columns: [{ key: 'name', title: 'Class' }, size('objects', 'Instances'),
				size('bytes', 'Bytes', { hint: 'of the instances alone' }), size('retained', 'Retained', { hint: 'by all of them together' }), bar(doc.classes, 'retained')] },
			{ id: 'kinds', title: 'Kinds', rows: doc.kinds, onchoose: row => ask('kind:' + row.kind), columns: [{ key: 'kind', title: 'Kind' }, size('objects', 'Objects'), size('bytes', 'Bytes'),
				bar(doc.kinds, 'bytes')] },
			{ id: 'largest', title: 'Largest', rows: doc.largest, onchoose: row => go(graph.at(row.address)), columns: [{ key: 'path', title: 'Object' },
				{ key: 'what', title: 'Kind or class', value: row => row.class || row.kind }, { key: 'address', title: 'Address', kind: 'address', wide: true }, size('bytes', 'Bytes'),
				size('retained', 'Retained')] },
			{ id: 'duplicates', title: 'Duplicates', rows: doc.duplicates, columns: [{ key: 'text', title: 'Text', node: row => '\'' + row.text + '\'' }, size('count', 'Copies'),
				size('bytes', 'Bytes', { hint: 'that all but one take' }), bar(doc.duplicates, 'bytes')] },
			{ id: 'slack', title: 'Unused room', rows: doc.slack, onchoose: row => go(row.object), columns: [{ key: 'path', title: 'Object' },
				{ key: 'what', title: 'Kind or class', value: row => row.class || row.kind }, size('items', 'Items'), size('room', 'Room'),
				size('bytes', 'Bytes', { hint: 'of blocks that the items would not need' }), bar(doc.slack, 'bytes')] },
		].filter(list => list.rows.length);
		section('tables', 'In figures', page.tabs('Tables', tables.map(list => ({ id: list.id, title: list.title + ' ' + number(list.rows.length),
			node: page.table({ filter: true, limit: 50, caption: 'Sizes in bytes.', ...list, id: list.id + '-table' }).node }))).node);
	}

	doc.globals.forEach((row, k) => { row.object = lists.globals[k]; });
	doc.modules.forEach((row, k) => { row.object = lists.modules[k]; });
	doc.slack.forEach((row, k) => { row.object = lists.slack[k]; });
	head();
	since();
	pictures();
	advice();
	figures();
	addEventListener('hashchange', follow);
	if (!follow() && lists.chosen !== null)
		show(lists.chosen);
	if (chosen < 0)
		inspect(LIVE);
	page.ready();
})();
