'use strict';
/* The page of a report. Every figure is the document's own (data-value holds it as it is there); the letters of the blocks are
 * for the picture, and for what is said of one block. */
(() => {
	const { el, number, human, percent, isKnown, section } = page;
	const doc = page.data('report');
	const { dumps } = doc, main = document.getElementById('main');
	const state = { dump: 0, pool: 0, mode: 'kind', against: null, heap: null, painted: null, found: [], i_found: -1 };
	const parts = [];               // functions that bring their part up to date with the dump and pool that are shown

	const dumpNow = () => dumps[state.dump];
	const poolsNow = () => dumpNow() ? dumpNow().pools : [];
	const poolNow = () => poolsNow()[state.pool];
	/* The board that the dump is of; null: not known. */
	const boardNow = () => {
		const last = dumpNow() && tables.boards.findLast((one, i) => i === 0 || one.after < dumpNow().dump);
		return tables.boards.some(one => one.board) && last ? last.board : doc.board;
	};
	/* A moment in words: its time, or the place in its log, and its label. */
	const momentOf = dump => [
		page.clock(dump.time) || (isKnown(dump.at_ms) ? page.duration(dump.at_ms) : isKnown(dump.line) ? 'line ' + dump.line : ''),
		isKnown(dump.file) ? 'of ' + page.file(dump.file) : '',
		dump.label ? '\u201c' + dump.label + '\u201d' : '',
	].filter(text => text).join(' ');
	const count = (n, noun) => n ? number(n) + ' ' + noun + (n === 1 ? '' : 's') : '';
	/* 'dump 3' leads there. */
	const iDump = n => dumps.findIndex(dump => dump.dump === Number(n));
	const linkTo = (n, text) => iDump(n) < 0 ? text : el('button', { type: 'button', class: 'link', onclick: () => show(iDump(n)) }, text);
	const withLinks = text => text.split(/(\b[Dd]ump \d+\b)/).map((part, i) => i % 2 ? linkTo(part.slice(5), part) : part);
	const poolOf = (dump, name) => dump.pools.find(pool => pool.name === name);

	/* ---- the head ---- */

	function head() {
		const input = doc.input, n = dumps.length, of = el('span', { id: 'board' });
		const words = [
			count(n, 'dump'), input.format, isKnown(input.bytes) ? human(input.bytes) + ' read' : null,
			doc.inputs ? doc.inputs.map(one => page.file(one.name)).join(', ') : null,
		].filter(word => word);
		const findings = document.getElementById('findings');
		for (const p of findings.querySelectorAll('p, li'))
			p.replaceChildren(...withLinks(p.textContent));
		page.source(of, words.join(' \u00b7 '));
		main.prepend(findings);
		parts.push(() => {
			const board = boardNow();
			const text = board ? [[board.firmware, board.version].filter(isKnown).join(' '), board.machine].filter(word => word).join(' \u00b7 ') : '';
			of.textContent = text ? page.visible(text) + ' \u00b7 ' : '';
		});
	}

	/* ---- what a program did: memprof run ---- */

	function run() {
		const { run } = doc;
		if (!run)
			return;
		const moments = [['before', run.before], ['after', run.after], ['after gc.collect()', run.after_collect],
			['peak used', { used: run.peak_used }], ['smallest largest-free', { largest_free: run.lowest_largest_free }]];
		section('run', 'The run of ' + page.visible(page.file(run.script)),
			el('p', {}, 'It ' + ({ lost: 'was lost with its board', restarted: 'reset the board', stopped: 'was stopped' }[run.outcome] || run.outcome),
				run.exception ? [': ', el('span', { class: 'bad' }, run.exception)] : '',
				' after ' + page.duration(run.duration_ms) + '; ' + number(run.samples) + ' samples of its heap.',
				isKnown(run.kept) ? ' After gc.collect() ' + page.signed(run.kept) + ' B stayed.' : ''),
			page.table({
				id: 'run-table', label: 'Moments of the run', rows: moments.map(([moment, of]) => ({ moment, ...of })), columns: [
					{ key: 'moment', title: 'Moment' }, { key: 'used', title: 'Used', kind: 'size' }, { key: 'free', title: 'Free', kind: 'size' },
					{ key: 'largest_free', title: 'Largest free', kind: 'size' },
				],
			}).node);
	}

	function imports() {
		const { imports } = doc;
		if (!imports)
			return;
		/* C modules are in flash: mostly there is nothing to tell of them. */
		const rows = imports.rows.filter(row => row.origin !== 'built-in' || row.kept !== 0).map((row, i) => ({ ...row, i }));
		const from = row => row.cut ? 'its end was not told' : row.raised ? 'raised' : row.again ? row.origin + ', again' : row.origin;
		section('imports', 'Imports', rows.length ? page.table({
			id: 'imports-table', label: 'Imports', filter: rows.length > 8, rows,
			caption: 'In the order in which they began; those within another are indented. Kept is what is more in use after it than ' +
				'before, both after gc.collect().',
			columns: [
				{ key: 'name', title: 'Module', value: row => row.i, node: row => '\u2002'.repeat(2 * Math.min(row.depth, 8)) + row.name },
				{ key: 'from', title: 'From', value: from },
				{ key: 'kept', title: 'Kept', kind: 'number' }, { key: 'own', title: 'Own', kind: 'number' },
				{ key: 'peak', title: 'Peak', kind: 'number', node: row => (row.peak_is_least || row.cut ? '\u2265 ' : '') + number(row.peak) },
				{ key: 'before_largest_free', title: 'Largest free before', kind: 'size' },
				{ key: 'after_largest_free', title: 'after', kind: 'size' },
			],
		}).node : el('p', {}, 'None that loaded anything.'));
	}

	/* ---- pools ---- */

	function fill(pool) {
		const node = el('div', { class: 'fill', role: 'img', 'aria-label': human(pool.used) + ' of ' + human(pool.total) + ' used' });
		if (!isKnown(pool.used) || !pool.total)
			return node;
		const rest = (pool.free || 0) - (pool.largest_free || 0);
		for (const [name, bytes] of [['used', pool.used], ['overhead', pool.overhead], ['unknown', pool.unknown], ['', rest],
			['largest', pool.largest_free]])
			if (bytes > 0)
				node.append(el('i', { class: name, title: name && name + ' ' + human(bytes), style: { width: 100 * bytes / pool.total + '%' } }));
		return node;
	}
	function pools() {
		const table = page.table({
			id: 'pool-table', label: 'Pools', caption: 'Sizes in bytes. The framed part of a bar is the largest free run.',
			columns: [
				{ key: 'name', title: 'Pool', node: pool => [pool.name, pool.name === pool.kind ? '' : el('span', { class: 'faint' }, ' ' + pool.kind),
					pool.memory ? el('span', { class: 'faint' }, ' ' + pool.memory) : ''] },
				{ key: 'fill', title: 'Filled', value: pool => isKnown(pool.used) && pool.total ? pool.used / pool.total : null, kind: 'text',
					node: fill },
				{ key: 'total', title: 'Size', kind: 'size' }, { key: 'used', title: 'Used', kind: 'size' },
				{ key: 'free', title: 'Free', kind: 'size' },
				{ key: 'largest_free', title: 'Largest free', kind: 'size', hint: 'the largest allocation that succeeds' },
				{ key: 'overhead', title: 'Overhead', kind: 'size', rare: true },
				{ key: 'unknown', title: 'Missing', kind: 'size', rare: true, hint: 'rows of the table that are not there' },
				{ key: 'fragmentation', title: 'Fragmentation', kind: 'percent', hint: '1 \u2212 largest free / free, within areas: 0 % is one free run in each' },
				{ key: 'objects', title: 'Objects', kind: 'number' },
			],
			onchoose: pool => show(state.dump, poolsNow().indexOf(pool)),
		});
		section('pools', 'Pools', table.node);
		parts.push(() => {
			table.set(poolsNow());
			table.mark(poolsNow().length > 1 ? poolNow() : null);
		});
	}

	/* ---- tasks ---- */

	function tasks() {
		const areMissing = dump => Boolean(dump) && dump.tasks_complete === false;
		if (!dumps.some(dump => dump.tasks || areMissing(dump)))
			return;
		const table = page.table({
			id: 'task-table', label: 'Tasks', caption: 'Stacks in bytes, since each task began.',
			columns: [
				{ key: 'name', title: 'Task', node: task => [task.name || '(no name)', task.low ? el('span', { class: 'warn' }, ' low') : ''] },
				{ key: 'most_used_percent', title: 'Filled', kind: 'text',
					node: task => fill({ used: task.most_used, total: task.stack, free: task.least_free }) },
				{ key: 'stack', title: 'Stack', kind: 'size' }, { key: 'used', title: 'Used now', kind: 'size', rare: true },
				{ key: 'most_used', title: 'Most used', kind: 'size' },
				{ key: 'least_free', title: 'Least free', kind: 'size', hint: 'bytes that were never used' },
			],
		});
		const note = el('p', { class: 'note' }, 'The board has more tasks than its agent lists.');
		const box = section('tasks', 'Tasks', table.node, note);
		parts.push(() => {
			const rows = dumpNow() && dumpNow().tasks || [];
			table.set(rows);
			note.hidden = !areMissing(dumpNow());
			box.classList.toggle('off', rows.length === 0 && note.hidden);
		});
	}

	/* ---- what was allocated ---- */

	function allocations() {
		const rowsOf = dump => (dump && dump.pools || []).filter(pool => pool.window).map(pool => ({ name: pool.name, ...pool.window }));
		if (!dumps.some(dump => rowsOf(dump).length > 0))
			return;
		const range = size => (size.to === null ? 'above ' + (size.from - 1) : 'to ' + size.to) + ': ' + size.requests;
		const table = page.table({
			id: 'allocation-table', label: 'Allocations', caption: 'Since the snapshot before.',
			columns: [
				{ key: 'name', title: 'Pool' }, { key: 'window_ms', title: 'In ms', kind: 'number' },
				{ key: 'allocations', title: 'Allocations', kind: 'number' }, { key: 'allocated', title: 'Allocated', kind: 'size' },
				{ key: 'frees', title: 'Frees', kind: 'number' }, { key: 'freed', title: 'Freed', kind: 'size', rare: true },
				{ key: 'failures', title: 'Failed', kind: 'number' },
				{ key: 'most_used', title: 'Most used', kind: 'size', rare: true },
				{ key: 'least_free', title: 'Least free', kind: 'size', rare: true },
				{ key: 'sizes', title: 'Requests by size', kind: 'text', node: row => row.sizes.map(range).join(', ') },
			],
		});
		const box = section('allocations', 'Allocations', table.node);
		parts.push(() => {
			const rows = rowsOf(dumpNow());
			table.set(rows);
			box.classList.toggle('off', rows.length === 0);
		});
	}

	/* ---- time ---- */

	function time() {
		const n = dumps.length;
		const slider = el('input', { type: 'range', id: 'time', min: 1, max: n, step: 1, 'aria-label': 'Dump', oninput: () => show(slider.value - 1) });
		const label = el('output', { class: 'moment', for: 'time' });
		const play = el('button', { type: 'button', id: 'play', onclick: () => playing ? stop() : start() }, '\u25b6 Play');
		const step = by => show(Math.max(0, Math.min(n - 1, state.dump + by)));
		let playing = 0;
		function start() {
			if (state.dump === n - 1)
				show(0);
			play.textContent = '\u23f8 Pause';
			const next = async () => {
				if (!playing || state.dump === n - 1)
					return stop();
				await show(state.dump + 1);
				if (playing)
					playing = setTimeout(next, Math.max(60, Math.min(700, 12000 / n)));
			};
			playing = setTimeout(next, 200);
		}
		function stop() {
			clearTimeout(playing);
			playing = 0;
			play.textContent = '\u25b6 Play';
		}
		if (n < 2)
			return;
		main.append(el('div', { class: 'time bar', role: 'group', 'aria-label': 'Time line' },
			play,
			el('button', { type: 'button', 'aria-label': 'Dump before', id: 'before', onclick: () => step(-1) }, '\u2039'),
			slider,
			el('button', { type: 'button', 'aria-label': 'Dump after', id: 'after', onclick: () => step(1) }, '\u203a'),
			label));
		parts.push(() => {
			const dump = dumpNow();
			slider.value = state.dump + 1;
			slider.setAttribute('aria-valuetext', 'dump ' + dump.dump + ' of ' + n + ' ' + momentOf(dump));
			label.textContent = page.visible('dump ' + dump.dump + ' of ' + n + (momentOf(dump) ? ' \u00b7 ' + momentOf(dump) : ''));
		});
	}

	/* ---- the heap map ---- */

	const LETTERS = ['h', 'T', 'L', 'D', 'S', 'A', 'F', 'B', 'M', 'm'];
	const byte = letter => letter.charCodeAt(0);
	const kindColor = letter => letter === '.' ? '--k-free' : letter === ' ' ? '--k-missing' :
		LETTERS.includes(letter) ? '--k-' + letter : '--k-other';
	const mix = (a, b, part) => a.map((c, k) => c + (b[k] - c) * part);

	/* 1..4 are no letters: free blocks of the largest run, and what the modes below number by themselves. */
	const ROOM = 1;
	function withRoom(codes, heap) {
		for (let i = heap.largest.first, end = i + heap.largest.n; i < end; i++)
			codes[i] = ROOM;
		return codes;
	}
	const base = () => {
		const colors = Array.from({ length: 256 }, () => page.color('--k-other'));
		colors[heaps.FREE] = page.color('--k-free');
		colors[heaps.UNKNOWN] = page.color('--k-missing');
		colors[ROOM] = page.color('--k-room');
		return colors;
	};
	const largestOutline = heap => heap.largest.n ? [{ ...heap.largest, color: '--k-largest', width: 2 }] : [];
	const letterOf = heap => i => {
		const c = heap.letters[i];
		return c === heaps.FREE || c === heaps.TAIL ? '' : c === heaps.UNKNOWN ? '?' : page.visible(String.fromCharCode(c)).slice(-2);
	};

	/* Each mode: how the blocks are painted, and the legend: [{ letter, title, color, ring, query }]. */
	const MODES = {
		kind: {
			title: 'Kind',
			paint(heap) {
				const codes = heap.owner.slice(), colors = base();
				for (const letter of LETTERS)
					colors[byte(letter)] = page.color(kindColor(letter));
				for (let c = 33; c < 127; c++)          // tails are a shade lighter than heads
					if (c !== heaps.FREE)
						colors[c | 128] = mix(colors[c], page.color('--panel'), .22);
				for (let i = 0; i < heap.n; i++)
					if (heap.letters[i] === heaps.TAIL)
						codes[i] |= 128;
				return { codes: withRoom(codes, heap), colors, letters: letterOf(heap), outlines: largestOutline(heap) };
			},
			legend: heap => [
				...Object.entries(heap.pool.kinds).sort((a, b) => b[1].bytes - a[1].bytes).map(([letter, kind]) => ({
					letter, title: heaps.name(letter), bytes: kind.bytes, color: kindColor(letter), query: letter })),
				{ letter: '', title: 'free', bytes: heap.pool.free, color: '--k-free', query: '.' },
				{ letter: '', title: 'largest free', bytes: heap.pool.largest_free, color: '--k-largest', ring: true, query: 'largest' },
				...(heap.pool.unknown ? [{ letter: '?', title: 'missing rows', bytes: heap.pool.unknown, color: '--k-missing' }] : []),
			],
		},
		age: {
			title: 'Age', needs: 2,
			paint(heap) {
				const colors = base(), codes = new Uint8Array(heap.n), seen = state.seen;
				const steps = state.ageDumps, place = new Map(steps.map((dump, i) => [dump, i])), last = steps.length - 1;
				for (let k = 0; k < 5; k++)
					colors[2 + k] = page.color('--k-age' + k);
				for (let i = 0; i < heap.n; i++) {
					const at = place.get(seen[i]);
					codes[i] = !seen[i] ? heap.letters[i] : at === last ? 2 : at === 0 ? 6 :
						5 - Math.min(2, Math.floor(3 * at / Math.max(1, last)));
				}
				return { codes: withRoom(codes, heap), colors, letters: letterOf(heap), outlines: largestOutline(heap) };
			},
			legend: () => ['new in this dump', 'first third of the way back', 'second third', 'last third', 'since the first dump'].map((title, k) => ({
				letter: '', title, color: '--k-age' + k })),
		},
		change: {
			title: 'Change', needs: 2,
			paint(heap) {
				const colors = base(), codes = new Uint8Array(heap.n), change = state.changes;
				const names = { [heaps.SAME]: '--k-same', [heaps.ADDED]: '--k-added', [heaps.REMOVED]: '--k-removed', [heaps.CHANGED]: '--k-changed' };
				for (const [what, name] of Object.entries(names))
					colors[2 + Number(what)] = page.color(name);
				for (let i = 0; i < heap.n; i++)
					codes[i] = change[i] === heaps.SAME && !heaps.isUsed(heap.letters[i]) ? heap.letters[i] : 2 + change[i];
				return { codes, colors, letters: i => ['', '+', '\u2212', '~'][change[i]], outlines: [] };
			},
			legend: () => {
				const sums = [0, 0, 0, 0];
				for (const what of state.changes)
					sums[what]++;
				return [[heaps.ADDED, '+', 'used, was free', '--k-added'], [heaps.REMOVED, '\u2212', 'free, was used', '--k-removed'],
					[heaps.CHANGED, '~', 'another object', '--k-changed'], [heaps.SAME, '', 'used as before', '--k-same']]
					.map(([what, letter, title, color]) => ({
						letter, title, color, bytes: what === heaps.SAME ? undefined : sums[what] * state.heap.blockBytes }));
			},
		},
		culprits: {
			title: 'In the way',
			paint(heap) {
				const colors = base(), codes = new Uint8Array(heap.n), outlines = largestOutline(heap);
				colors[2] = page.color('--k-same');
				colors[3] = page.color('--k-culprit');
				for (let i = 0; i < heap.n; i++)
					codes[i] = heaps.isUsed(heap.letters[i]) ? 2 : heap.letters[i];
				for (const culprit of heap.pool.culprits) {
					const first = heap.blockAt(BigInt(culprit.start)), n = Math.ceil(culprit.bytes / heap.blockBytes);
					if (first < 0)
						continue;
					codes.fill(3, first, first + n);
					outlines.push({ first, n, color: '--k-culprit', width: 3 });
				}
				return { codes: withRoom(codes, heap), colors, letters: letterOf(heap), outlines };
			},
			legend: heap => [
				{ letter: '', title: 'stands between two free runs', color: '--k-culprit', bytes: heap.pool.culprits.reduce((n, c) => n + c.bytes, 0) },
				{ letter: '', title: 'used', color: '--k-same', bytes: heap.pool.used },
				{ letter: '', title: 'free', color: '--k-free', bytes: heap.pool.free },
				{ letter: '', title: 'largest free', color: '--k-largest', ring: true, bytes: heap.pool.largest_free, query: 'largest' },
			],
		},
	};

	const describe = object => object.kind === '.' ? 'free run' : object.kind === ' ' ? 'missing rows' :
		object.kind + ' ' + heaps.name(object.kind);

	const AGES_KEPT = 12;           // up to 3 MB each, of half a million blocks

	function mapPart() {
		const inspector = el('div', { class: 'panel inspector no-print', id: 'inspector', 'aria-live': 'polite' });
		const choose = el('p', { class: 'note' }, 'Choose a block: its address, size and neighbours stand here.');
		const legend = el('div', { class: 'legend', role: 'group', 'aria-label': 'Legend' });
		const note = el('p', { class: 'note', id: 'map-note' });
		const count = el('span', { class: 'note', role: 'status', id: 'found' });
		const map = new HeapMap({ oncursor: inspect, onhover: hover });
		const modes = page.choice('Colours', Object.entries(MODES).filter(([, mode]) => !mode.needs || dumps.length >= mode.needs)
			.map(([id, mode]) => ({ id, title: mode.title })), id => { state.mode = id; paint(); });
		const against = el('select', { 'aria-label': 'Compared with', id: 'against', onchange: () => { state.against = Number(against.value); paint(); } });
		const search = page.search({ label: 'Search blocks', isMain: true, hint: '0x20001230   T   >4K   S 32-64',
			oninput: look, onenter: (text, backwards) => jump(backwards ? -1 : 1) });
		search.input.id = 'search';
		const tools = el('div', { class: 'bar no-print' },
			modes.node, against,
			el('div', { class: 'group', role: 'group', 'aria-label': 'Zoom' },
				el('button', { type: 'button', id: 'zoom-out', 'aria-label': 'Zoom out', onclick: () => map.zoom(1 / 1.5) }, '\u2212'),
				el('button', { type: 'button', id: 'zoom-in', 'aria-label': 'Zoom in', onclick: () => map.zoom(1.5) }, '+'),
				el('button', { type: 'button', id: 'fit', onclick: () => map.fit() }, 'Fit')),
			el('div', { class: 'find' }, search.node,
				el('button', { type: 'button', 'aria-label': 'Found before', onclick: () => jump(-1) }, '\u2191'),
				el('button', { type: 'button', 'aria-label': 'Found next', onclick: () => jump(1) }, '\u2193')), count);
		const help = el('p', { class: 'note no-print', id: 'map-help' },
			'Click, or arrow keys: a block. [ and ]: the object before and after. Wheel, + and \u2212: zoom; drag, or Shift and arrows: pan; 0: fit. ' +
			'/ searches, n and N go through what was found.');
		const beside = el('div', { class: 'beside' }, el('div', {}, map.node, legend, note, help), inspector);
		section('heap', 'Heap map', tools, beside);
		modes.set(state.mode);
		HeapMap.shown = map;            // for who looks from outside: the tests

		const heapOf = async (dump, name) => {
			const i = dump.pools.findIndex(pool => pool.name === name);
			const letters = i < 0 ? null : await tables.letters(dump.dump, i);
			return letters && new heaps.Heap(dump.pools[i], letters);
		};
		const withTables = name => dumps.filter(dump => tables.has(dump.dump, dump.pools.findIndex(pool => pool.name === name)));

		let turn = 0;
		async function update() {
			const mine = ++turn, pool = poolNow();
			const heap = pool ? await heapOf(dumpNow(), pool.name) : null;
			if (mine !== turn)
				return;
			state.heap = heap;
			title.textContent = poolsNow().length > 1 ? 'Heap map of ' + page.visible(pool.name) : 'Heap map';
			state.painted = state.changes = state.seen = null;
			if (heap) {
				const list = withTables(pool.name).filter(dump => dump !== dumpNow());
				const before = list.filter(dump => dump.dump < dumpNow().dump).pop() || list[0];
				if (!list.some(dump => dump.dump === state.against) && before)
					state.against = before.dump;
				against.replaceChildren(...list.map(dump => el('option', { value: dump.dump, selected: dump.dump === state.against },
					'with dump ' + dump.dump + ' ' + momentOf(dump))));
			}
			tools.classList.toggle('off', !heap);
			beside.classList.toggle('off', !heap);
			missing.textContent = heap ? '' : pool && pool.areas.length && tables.dumps ?
				'The block table of this dump was left out, as the page would be too large. Others have theirs.' :
				'There is no block table here' + ((!pool || pool.kind === 'gc') && !/CircuitPython/.test((boardNow() || {}).firmware) ? ': micropython.mem_info(1) prints one.' : '.');
			await paint(mine);
		}
		const title = document.getElementById('heap-h'), missing = el('p', { class: 'note', id: 'no-table' });
		document.getElementById('heap').append(missing);

		/* What a mode needs besides: the other heap, or all that came before. Nothing once something else is wished for. */
		async function prepare(heap, isWished) {
			const name = heap.pool.name;
			if (state.mode === 'change') {
				const other = dumps.find(dump => dump.dump === state.against), was = other ? await heapOf(other, name) : null;
				return { changes: isWished() ? heaps.changes(heap, was) : null };
			}
			return state.mode === 'age' ? ages(heap, isWished) : {};
		}
		/* Of the dumps that were shown last their ages are kept: the next one goes on from there. */
		const known = [];
		async function ages(heap, isWished) {
			const { name } = heap.pool, list = withTables(name).filter(dump => dump.dump <= dumpNow().dump);
			let i = list.length - 1, at;
			while (i >= 0 && !(at = known.find(one => one.dump === list[i] && one.heap.pool.name === name)))
				i--;
			while (++i < list.length && isWished()) {
				const one = list[i] === dumpNow() ? heap : await heapOf(list[i], name);
				at = { dump: list[i], heap: one, seen: heaps.age(one, at && at.heap, at && at.seen, list[i].dump) };
				if (known.push(at) > AGES_KEPT)
					known.shift();
			}
			return { seen: at && at.seen, ageDumps: list.map(dump => dump.dump) };
		}
		async function paint(mine = ++turn) {
			const heap = state.heap;
			state.painted = null;
			against.classList.toggle('off', state.mode !== 'change');
			if (!heap)
				return;
			beside.setAttribute('aria-busy', 'true');
			const needed = await prepare(heap, () => mine === turn);
			if (mine !== turn)
				return;
			Object.assign(state, { changes: null, seen: null }, needed);
			beside.removeAttribute('aria-busy');
			document.body.dataset.mode = state.mode;
			putOn(heap);
		}
		function putOn(heap) {
			const mode = MODES[state.mode];
			state.painted = mode.paint(heap);
			legend.replaceChildren(...mode.legend(heap).map(item => {
				const swatch = el('span', { class: item.ring ? 'swatch ring' : 'swatch', 'aria-hidden': 'true', style: item.ring ?
					{ 'border-color': 'var(' + item.color + ')' } : { background: 'var(' + item.color + ')', color: onColor(item.color) } }, item.letter);
				const kids = [swatch, item.title, item.bytes !== undefined ? el('span', { class: 'faint' }, human(item.bytes)) : null];
				return item.query ? el('button', { type: 'button', onclick: () => {
					if (item.query === 'largest')
						return heap.largest.n && map.moveTo(heap.largest.first, true);
					search.input.value = search.input.value === item.query ? '' : item.query;
					look(search.input.value);
				} }, kids) : el('span', {}, kids);
			}));
			const shown = heap.areas.length > 1 ? heap.areas.length + ' areas, each in rows of its own; ' : '';
			note.textContent = shown + number(heap.n) + ' blocks of ' + heap.blockBytes + ' B' +
				(state.mode === 'age' ? '; ages are known from the dumps whose tables are in this page' : '');
			look(search.input.value);
			if (map.cursor >= 0)
				inspect(map.cursor);
			else if (heap.largest.n)
				inspect(heap.largest.first, 'Choose another block on the map to see it here.');
			else
				inspector.replaceChildren(choose);
		}
		const onColor = name => {
			const [r, g, b] = page.color(name);
			return r * .3 + g * .59 + b * .11 > 130 ? '#14171b' : '#fff';
		};

		/* ---- search ---- */

		function look(text) {
			const heap = state.heap, query = heaps.parse(text);
			if (!heap || !state.painted)
				return;
			state.found = query ? heap.find(query) : [];
			state.i_found = -1;
			let dim = null;
			if (query && state.found.length) {
				dim = new Uint8Array(heap.n).fill(1);
				for (const i of state.found)
					dim.fill(0, i, i + heap.span(i).n);
			}
			count.textContent = !text.trim() ? '' : !query ? 'an address, a kind or a size' :
				state.found.length === 1 ? '1 found' : number(state.found.length) + ' found';
			map.set(heap, { ...state.painted, dim });
			if (query && query.address !== undefined && state.found.length)
				map.moveTo(heap.blockAt(query.address), true);
		}
		function jump(by) {
			const { found } = state;
			if (!found.length)
				return;
			state.i_found = state.i_found < 0 && by < 0 ? found.length - 1 : (state.i_found + by + found.length) % found.length;
			count.textContent = number(state.i_found + 1) + ' of ' + number(found.length);
			map.moveTo(found[state.i_found], true);
		}

		/* ---- one block ---- */

		function inspect(i, why) {
			const heap = state.heap, object = heap.object(i);
			const beside = other => other ? describe(other) + ', ' + number(other.n * heap.blockBytes) + ' B' : 'the area\u2019s edge';
			const rows = [
				['Address', el('span', { class: 'mono', id: 'at' }, heap.address(object.first))],
				['Size', number(object.bytes) + ' B, ' + number(object.n) + (object.n === 1 ? ' block' : ' blocks')],
				heap.areas.length > 1 ? ['Area', object.area.name] : null,
				object.first !== i ? ['Block', number(i - object.first + 1) + ' of ' + number(object.n) + ', at ' + heap.address(i)] : null,
				['Before', beside(object.before)], ['After', beside(object.after)],
				state.mode === 'age' && state.seen && state.seen[i] ? ['Seen', 'since dump ' + state.seen[i]] : null,
				state.mode === 'change' && state.changes ? ['Change', ['none', 'was free', 'was used', 'was another object'][state.changes[i]]] : null,
				object.kind !== '.' && object.kind !== ' ' ? ['If freed', 'a free run of ' + number(object.freed) + ' B' + (object.gain ?
					': largest free grows by ' + number(object.gain) + ' B' : '; largest free stays')] : null,
				object.kind === '.' && object.n === heap.largest.n ? ['', 'the largest free run'] : null,
			].filter(row => row);
			inspector.replaceChildren(el('h3', {}, describe(object)), el('dl', {}, rows.map(([term, text]) => [el('dt', {}, term), el('dd', {}, text)])),
				why ? el('p', { class: 'note' }, why) : '');
		}
		function hover(i, x, y) {
			const object = i < 0 ? null : state.heap.object(i);
			page.tip(x, y, object && [el('b', {}, describe(object)), ' \u00b7 ' + number(object.bytes) + ' B',
				el('br'), el('span', { class: 'mono' }, state.heap.address(object.first))]);
		}

		map.canvas.addEventListener('keydown', event => {
			const keys = { n: () => jump(1), N: () => jump(-1), '/': () => search.input.focus() };
			if (!keys[event.key] || event.ctrlKey)
				return;
			keys[event.key]();
			event.preventDefault();
		});
		/* At once, as a printer does not wait; what is being prepared will have the new colours anyway. */
		document.addEventListener('themechange', () => { if (state.painted) putOn(state.heap); });
		parts.push(update);
		return address => {
			const i = state.heap ? state.heap.blockAt(BigInt(address)) : -1;
			map.moveTo(i, true);
			if (i >= 0)
				map.canvas.focus();
		};
	}

	/* ---- trends ---- */

	/* What happens to a heap, in the charts. */
	const MARKS = {
		gc: { title: 'gc', sign: '\u25bf', color: '--faint', row: 0 },
		failed: { title: 'allocation failed', sign: '!', color: '--bad', row: 1 },
		recovered: { title: 'allocation failed, then succeeded', sign: '\u00a1', color: '--warn', row: 1 },
		reset: { title: 'reset', sign: '\u21ba', color: '--warn', row: 0 },
		mark: { title: 'mark', sign: '\u25be', color: '--ink', row: 1 },
		area: { title: 'area added or given back', sign: '\u25a1', color: '--accent', row: 1 },
		'last-words': { title: 'last words before a reset', sign: '\u2020', color: '--bad', row: 0 },
		lost: { title: 'lost on the way', sign: '?', color: '--warn', row: 1 },
	};

	/* The moments of a pool, and whether they have times that can be trusted. Samples between dumps are of Python's heap. */
	function momentsOf(name) {
		const isTimed = list => list.every((row, k) => isKnown(row.at_ms) && (k === 0 || row.at_ms >= list[k - 1].at_ms));
		const rows = dumps.map((dump, i) => ({ ...(poolOf(dump, name) || {}), i, dump, at_ms: dump.at_ms }));
		const samples = name === 'gc' ? doc.samples.map(sample => ({ ...sample, i: null, dump: null })) : [];
		const timed = isTimed(rows) && isTimed(samples);
		const all = !rows.length ? samples : timed ? rows.concat(samples).sort((a, b) => a.at_ms - b.at_ms) : rows;
		return { timed, rows: all.map((row, k) => ({ ...row, k })) };
	}
	const DATE_MOST_MS = 8.64e15;   // of a Date

	/* By the clock if dumps have its time; samples have none of their own. */
	function timeOf(ms) {
		const CLOCK = /\d\d:\d\d:\d\d(\.\d+)?/, stamped = dumps.find(dump => CLOCK.test(dump.time) && isKnown(dump.at_ms));
		const at = stamped ? Date.parse('1970-01-01T' + CLOCK.exec(stamped.time)[0] + 'Z') + ms - stamped.at_ms : NaN;
		return Math.abs(at) < DATE_MOST_MS ? page.clock(new Date(at).toISOString()) : page.duration(ms);
	}
	function trends() {
		if (dumps.length + doc.samples.length < 2)
			return;
		const place = el('div');
		let name = null, one = null;
		section('trend', 'Over time', place);
		parts.push(() => {
			const pool = poolNow() || { name: 'gc' };
			if (pool.name !== name) {
				name = pool.name;
				const { timed, rows } = momentsOf(name), n_samples = rows.filter(row => !row.dump).length;
				place.replaceChildren();
				one = null;
				if (rows.length < 2)
					return;
				const marks = timed ? doc.events.filter(event => MARKS[event.what] && isKnown(event.at_ms) && (!event.pool || event.pool === name))
					.map(event => ({ x: event.at_ms, kind: MARKS[event.what] })) : [];
				one = chart({
					title: name + ': used, free and largest free, in bytes, over ' + [count(dumps.length, 'dump'), count(n_samples, 'sample')]
						.filter(text => text).join(' and '),
					rows, marks,
					lines: [
						{ key: 'used', title: 'used', color: '--line-used', dash: null },
						{ key: 'free', title: 'free', color: '--line-free', dash: '7 4' },
						{ key: 'largest_free', title: 'largest free', color: '--line-lfb', dash: '2 3' },
					],
					x: row => timed ? row.at_ms : row.k,
					xText: row => row.dump && page.clock(row.dump.time) || (timed ? timeOf(row.at_ms) : row.dump ? 'dump ' + row.dump.dump :
						'sample ' + (row.k + 1)),
					onchoose: row => {
						const dump = rows.slice(0, row.k + 1).findLast(one => one.dump) || rows.find(one => one.dump);
						if (dump)
							show(dump.i);
					},
				});
				one.rows = rows;
				place.replaceChildren(one.node);
			}
			if (one)
				one.set(one.rows.find(row => row.dump && row.i === state.dump));
		});
	}

	/* ---- tables of one pool ---- */

	function details(go) {
		const owned = doc.dumps.some(dump => dump.pools.some(pool => pool.culprits.some(culprit => culprit.owner)));
		const lists = [
			{ id: 'fits', title: 'Would it fit', rows: pool => pool.fits, columns: [
				{ key: 'bytes', title: 'Wanted', kind: 'size' },
				{ key: 'times', title: 'Fits', kind: 'number', node: fit => fit.times === 0 ? (fit.grows ? 'if it grows' : 'no') : isKnown(fit.times) ?
					number(fit.times) + (fit.times === 1 ? ' time' : ' times') : fit.fits ? 'yes' : '\u2013' },
				{ key: 'unusable', title: 'Unusable for this size', kind: 'number', node: fit => percent(fit.unusable) },
				{ key: 'window', title: 'Least to free for it', kind: 'text', value: fit => fit.window && fit.window.used, rare: true,
					node: fit => fit.window ? number(fit.window.used) + ' B at ' + fit.window.start : '' }] },
			{ id: 'culprits', title: 'In the way', caption: 'Runs of used blocks between two free ones. Enter shows one on the map.', onchoose: row => go(row.start), rows: pool => pool.culprits, columns: [
				{ key: 'start', title: 'Address', kind: 'address' }, { key: 'bytes', title: 'Bytes', kind: 'size' }, { key: 'objects', title: 'Objects', kind: 'number' },
				{ key: 'largest_free_after', title: 'Free run without it', kind: 'size' }, { key: 'gain', title: 'Gain', kind: 'size', hint: 'by how much largest free would grow' },
				...owned ? [{ key: 'owner', title: 'Owner', hint: 'of its largest object that has a name' }] : []] },
			{ id: 'runs', title: 'Free runs', rows: pool => pool.free_histogram, columns: [
				{ key: 'from', title: 'Free runs of', kind: 'number', node: row => number(row.from) + '\u2013' + number(row.to) + ' B' },
				{ key: 'runs', title: 'Runs', kind: 'number' }, { key: 'bytes', title: 'Bytes', kind: 'size', bar: () => '--line-free' }] },
			{ id: 'kinds', title: 'By kind', sort: '-bytes', rows: pool => Object.entries(pool.kinds).map(([letter, kind]) => ({ letter, ...kind })), columns: [
				{ key: 'letter', title: 'Kind', node: row => [el('span', { class: 'mono' }, row.letter), ' ', heaps.name(row.letter)] },
				{ key: 'objects', title: 'Objects', kind: 'number' }, { key: 'bytes', title: 'Bytes', kind: 'size', bar: row => kindColor(row.letter) }] },
			{ id: 'areas', title: 'Areas', caption: 'Sizes in blocks.', rows: pool => pool.areas, columns: [
				{ key: 'name', title: 'Area' }, { key: 'start', title: 'From', kind: 'address' }, { key: 'blocks', title: 'Blocks', kind: 'number' },
				{ key: 'free_blocks', title: 'Free', kind: 'number' }, { key: 'largest_free_blocks', title: 'Largest free', kind: 'number' }] },
			{ id: 'differences', title: 'Figures that disagree', rows: (pool, dump) => dump.differences, columns: [
				{ key: 'pool', title: 'Pool' }, { key: 'field', title: 'Figure' },
				{ key: 'reported', title: 'The board says', kind: 'number' }, { key: 'counted', title: 'The table has', kind: 'number' }] },
		].map(({ rows, ...options }) => ({ rows, box: el('section', {}, el('h2', {}, options.title)), table: page.table({ label: options.title, ...options }) }));
		main.append(el('div', { class: 'columns bars' }, lists.map(({ box, table }) => { box.append(table.node); return box; })));
		parts.push(() => {
			for (const { rows, box, table } of lists) {
				const shown = poolNow() ? rows(poolNow(), dumpNow()) : [];
				table.set(shown);
				box.classList.toggle('off', shown.length === 0);
			}
		});
	}

	/* ---- what happened ---- */

	function happenings() {
		const events = doc.events || [], errors = doc.errors || [], others = doc.pools || [];
		if (errors.length)
			section('errors', 'Errors', page.table({
				id: 'error-table', label: 'Errors', filter: errors.length > 8, rows: errors, columns: [
					{ key: 'line', title: 'Line', kind: 'number', rare: true },
					{ key: 'file', title: 'File', rare: true, value: error => isKnown(error.dump) && iDump(error.dump) >= 0 ? page.file(dumps[iDump(error.dump)].file) : null },
					{ key: 'asked', title: 'Asked', kind: 'size' }, { key: 'verdict', title: 'Why' },
					{ key: 'dump', title: 'By dump', kind: 'number', node: error => isKnown(error.dump) ? linkTo(error.dump, 'dump ' + error.dump) : '\u2013' },
					{ key: 'text', title: 'Message' },
				],
			}).node);
		if (events.length) {
			const callerOf = (how, caller) => caller && how + (caller.functions.map(at => at.name + (at.file ? ' (' + at.file + ':' + at.line + ')' : ''))
				.join(', inlined in ') || caller.address);
			const words = event => [isKnown(event.then_ms) ? 'at ' + page.duration(event.then_ms) : null, event.pool, event.label && '\u201c' + event.label + '\u201d',
				isKnown(event.bytes) ? number(event.bytes) + ' B' : null, isKnown(event.duration_us) ? (event.duration_us / 1000).toFixed(1) + ' ms' : null,
				event.threshold ? 'by gc.threshold' : null, event.start && (event.added ? 'added at ' : 'given back at ') + event.start,
				isKnown(event.largest_free) ? 'largest free ' + number(event.largest_free) + ' B' : null,
				callerOf('called from ', event.caller), callerOf('stopped in ', event.fault), event.task && 'task ' + event.task,
				...['frames', 'snapshots', 'abandoned'].map(key => event[key] ? number(event[key]) + ' ' + key : null)].filter(word => word).join(', ');
			section('events', 'Events', page.table({
				id: 'event-table', label: 'Events', filter: true, limit: 50, rows: events, columns: [
					{ key: 'at_ms', title: 'Time', kind: 'number', rare: true, node: event => page.duration(event.at_ms) },
					{ key: 'what', title: 'Event' },
					{ key: 'says', name: 'Details', value: words },
				],
			}).node);
		}
		if (others.length)
			section('told', 'Other heaps in the log', page.table({
				id: 'told-table', label: 'Other heaps', filter: others.length > 8, rows: others, columns: [
					{ key: 'line', title: 'Line', kind: 'number', rare: true }, { key: 'name', title: 'Pool' }, { key: 'kind', title: 'Kind' },
					{ key: 'total', title: 'Size', kind: 'size' }, { key: 'used', title: 'Used', kind: 'size' }, { key: 'free', title: 'Free', kind: 'size' },
					{ key: 'largest_free', title: 'Largest free', kind: 'size' },
				],
			}).node);
		if (doc.samples && doc.samples.length)
			section('samples', 'Samples', page.table({
				id: 'sample-table', label: 'Samples', filter: true, limit: 20, rows: doc.samples, columns: [
					{ key: 'line', title: 'Line', kind: 'number', rare: true }, { key: 'at_ms', title: 'Time', kind: 'number', rare: true, node: s => page.duration(s.at_ms) },
					{ key: 'used', title: 'Used', kind: 'size', rare: true }, { key: 'free', title: 'Free', kind: 'size', rare: true },
					{ key: 'largest_free', title: 'Largest free', kind: 'size', rare: true },
				],
			}).node);
	}

	function foot() {
		const n = dumps.filter(dump => dump.pools.some(pool => pool.areas.length)).length;
		const kept = dumps.filter(dump => dump.pools.some((pool, i) => tables.has(dump.dump, i))).length;
		if (kept < n)
			main.append(el('p', { class: 'note', id: 'left-out' },
				'The block tables of ' + kept + ' of ' + n + ' dumps are in this page, so that it is not too large; figures are of all.'));
	}

	/* ---- all of it ---- */

	async function show(i_dump, i_pool) {
		const was = poolNow();
		state.dump = Number(i_dump);
		if (i_pool !== undefined)
			state.pool = i_pool;
		else if (was)
			state.pool = Math.max(0, poolsNow().findIndex(pool => pool.name === was.name));
		await Promise.all(parts.map(part => part()));
		page.renewParts();
		document.body.dataset.dump = dumpNow() ? dumpNow().dump : '';
	}

	page.moment = n => iDump(n) < 0 ? null : show(iDump(n));
	page.hasMoment = n => iDump(n) >= 0;
	/* The address of the page may have a dump, "#dump-3": so a link can lead to it. */
	const asked = hash => iDump((/^#dump-(\d+)$/.exec(hash) || [])[1]);
	const follow = hash => asked(hash) >= 0 && show(asked(hash)).then(() => document.getElementById('pools').scrollIntoView());
	addEventListener('click', event => {
		const link = event.target.closest('a[href^="#dump-"]');
		if (link && link.hash === location.hash)
			follow(link.hash);
	});
	addEventListener('hashchange', () => follow(location.hash));

	head();
	run();
	imports();
	if (dumps.length) {
		pools();
		tasks();
		allocations();
		time();
		const go = mapPart();
		trends();
		details(go);
	} else {
		trends();
	}
	happenings();
	foot();
	const first = [asked(location.hash), iDump(tables.shown), Math.max(0, dumps.length - 1)].find(i => i >= 0);
	show(first).then(page.ready).then(() => follow(location.hash));
})();
