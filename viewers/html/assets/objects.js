'use strict';
/* The page of a heap's objects: the document, and pictures of all objects, to which its rows lead. */
page.acts.push(async () => {
	const { el, number, human, percent, section } = page;
	const text = async id => new TextDecoder().decode(await page.bytes(id));
	const [lists, numbers, steps] = await Promise.all([page.packed('lists'), page.bytes('graph'), text('steps')]);
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
		const { total, used, live, collectable } = lists, share = bytes => 100 * bytes / (total || 1) + '%';
		const parts = [['live', live, lists.live_objects], ['garbage', collectable, lists.collectable_objects], ['free', total - used, null]];
		const findings = document.getElementById('findings');
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
		{ key: 'address', title: 'Address', kind: 'address', value: i => graph.address(i) },
		{ key: 'own', title: 'Own', kind: 'size', value: i => graph.own[i] }, { key: 'size', title: 'Retained', kind: 'size', value: i => graph.live[i] ? graph.size[i] : 0 }] });
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
		section('picture', 'Who holds what', el('p', { class: 'note' }, 'Width = memory freed if this object goes. Items, tables and texts of an object count as its own.'), icicle.node, legend);
		section('tree', 'Objects', el('div', { class: 'bar no-print' }, search.node, found), hits.node,
			el('div', { class: 'beside' }, el('div', {}, holders.node, el('p', { class: 'note' }, 'The share is that of what the holder retains. \u2197: several ways lead there, ' +
				'all through the holder; the name is that of one of them. Arrow keys open and close, Enter chooses.')), detail));
	}

	const go = i => {
		if (i < 0)
			return;
		choose(i);
		document.getElementById('tree').scrollIntoView({ block: 'start' });
	};

	/* From rows to objects: by their address, of kinds and classes by what they are called. */
	function links() {
		const table = id => page.tables.get(id + '-table'), link = (id, act) => table(id) && table(id).link(row => act(table(id), row));
		for (const id of ['globals', 'modules', 'largest', 'slack', 'advice'])
			link(id, (from, row) => go(graph.at(from.value(row, 'address') || '')));
		link('classes', (from, row) => ask('class:' + from.value(row, 'name')));
		link('kinds', (from, row) => ask('kind:' + from.value(row, 'kind')));
		for (const id of ['came', 'since-globals'])
			link(id, (from, row) => {
				const globals = table('globals'), one = globals.rows().find(of => globals.value(of, 'name').startsWith(from.value(row, 'name') + ': '));
				if (one)
					choose(graph.at(globals.value(one, 'address')));
			});
	}

	head();
	pictures();
	document.getElementById('findings').after(document.getElementById('picture'), document.getElementById('tree'));
	links();
	addEventListener('hashchange', follow);
	if (!follow() && lists.chosen !== null)
		show(lists.chosen);
	if (chosen < 0)
		inspect(LIVE);
});
