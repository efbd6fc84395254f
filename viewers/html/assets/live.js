'use strict';
/* The page of memprof serve. Every figure is that of an event (data-value holds it as it is there), and curves are made
 * of the events since the page was opened, the last POINTS of them. */
(() => {
	const { el, svg, number, human, isKnown } = page;
	const POINTS = 600, WIDTH = 240, HEIGHT = 30;
	const LINKS = { away: 'away', polling: 'connected', listening: 'connected, a program runs' };
	const COLUMNS = [['size', 'Size', human], ['used', 'Used', human], ['free', 'Free', human], ['largest_free', 'Largest free', human],
		['fragmentation', 'Fragmentation', page.percent]];
	const COUNTERS = [['snapshots', 'snapshot'], ['failures', 'failed allocation'], ['resets', 'reset'], ['collections', 'collection']];
	const main = document.getElementById('main');
	const state = el('p', { class: 'note lost', id: 'state', role: 'status' }, 'connecting');
	const overview = el('tbody');
	const boards = new Map();
	const AGES_MS = 5000;
	let waits = false;

	main.append(state, el('section', { class: 'overview off', id: 'overview', 'aria-labelledby': 'overview-h' }, el('h2', { id: 'overview-h' }, 'All boards'),
		el('div', { class: 'table' }, el('table', { 'aria-labelledby': 'overview-h' }, el('thead', {}, el('tr', {}, ['Board', 'Verdict'].map(name => el('th', { scope: 'col' }, name)),
			['Free', 'Largest free', 'Failed allocations', 'Last seen'].map(name => el('th', { scope: 'col', class: 'num' }, name)))), overview))));
	main.append(el('p', { class: 'note' }, 'Curves: largest free, and dashed all free bytes, from 0 to the most since this page was opened. The same figures as text: ',
		el('a', { href: '/metrics' }, '/metrics'), '.'));

	/* ---- curves ---- */

	function path(points, key, most) {
		let line = '', isOpen = false;
		points.forEach((point, i) => {
			isOpen = isOpen && isKnown(point[key]);
			if (isKnown(point[key])) {
				line += (isOpen ? 'L' : 'M') + (points.length > 1 ? i / (points.length - 1) * WIDTH : 0).toFixed(1) + ' ' +
					(HEIGHT - 2 - point[key] / most * (HEIGHT - 4)).toFixed(1);
				isOpen = true;
			}
		});
		return line;
	}
	function curve(points) {
		const most = points.reduce((n, point) => Math.max(n, point.free || 0, point.largest_free || 0), 1);
		const last = points[points.length - 1];
		return svg('svg', { class: 'curve', viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, preserveAspectRatio: 'none', role: 'img',
			'aria-label': 'largest free ' + human(last.largest_free) + ', free ' + human(last.free) + ', of ' + human(most) },
		svg('path', { class: 'free', d: path(points, 'free', most) }), svg('path', { class: 'largest', d: path(points, 'largest_free', most) }));
	}

	/* ---- boards ---- */

	function add(name) {
		const id = 'board-' + boards.size, body = el('tbody'), link = el('span', { class: 'link-state' });
		const verdict = el('span', { class: 'verdict' });
		const row = { verdict: el('td', { class: 'verdict' }), free: el('td', { class: 'num' }), largest_free: el('td', { class: 'num' }),
			failures: el('td', { class: 'num' }), seen: el('td', { class: 'num seen' }) };
		const board = { name, body, link, verdict, row, points: new Map(), what: el('p', { class: 'note what' }), counts: el('p', { class: 'note counts' }) };
		board.table = el('div', { class: 'table' }, el('table', { 'aria-label': 'Pools of ' + name },
			el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Pool'), COLUMNS.map(column => el('th', { scope: 'col', class: 'num' }, column[1])),
				el('th', { scope: 'col' }, 'Since this page was opened'))), body));
		board.node = el('section', { class: 'board', id, 'aria-labelledby': id + '-h', 'data-board': name },
			el('div', { class: 'head' }, el('h2', { id: id + '-h' }, name), link, verdict), board.what, board.table, board.counts);
		row.node = el('tr', { 'data-board': name }, el('th', { scope: 'row' }, el('a', { href: '#' + id }, name)), row.verdict, row.free, row.largest_free, row.failures, row.seen);
		boards.set(name, board);
		overview.append(row.node);
		document.getElementById('overview').classList.remove('off');
		main.append(board.node);
		page.renewParts();
		return board;
	}
	/* A board that is away leaves a gap. */
	function take(event) {
		const board = boards.get(event.board) || add(event.board);
		const isNew = !board.last || board.last.snapshots !== event.snapshots || event.link === 'away';
		board.last = event;
		board.cameAt = performance.now();
		board.isStale = true;
		if (!isNew)
			return;
		for (const pool of event.pools)
			if (!board.points.has(pool.name))
				board.points.set(pool.name, []);
		for (const [name, points] of board.points) {
			const pool = event.pools.find(one => one.name === name);
			points.push({ free: pool ? pool.free : null, largest_free: pool ? pool.largest_free : null });
			if (points.length > POINTS)
				points.shift();
		}
	}
	const rate = verdict => isKnown(verdict.bytes_per_collection) ? human(Math.round(verdict.bytes_per_collection)) + ' per collection' : null;
	const minutes = ms => ms < 120000 ? Math.round(ms / 1000) + ' s' : ms < 7200000 ? Math.round(ms / 60000) + ' min' : Math.round(ms / 3600000) + ' h';
	const ends = verdict => isKnown(verdict.ends_in_ms) ? 'full in ' + minutes(verdict.ends_in_ms[0]) + ' to ' + minutes(verdict.ends_in_ms[1]) : null;
	/* The worst first: what has failed or will, what is away or deserves a look, the rest; of equal ones in the order in which they came. */
	const severity = event => Math.max(event.verdict && isKnown(event.verdict.severity) ? event.verdict.severity : 0, event.link === 'away' || event.failures > 0 ? 1 : 0);
	function sort() {
		const sorted = [...boards.values()].sort((a, b) => severity(b.last) - severity(a.last));
		const shown = main.querySelectorAll('section.board');
		if (!sorted.some((board, i) => shown[i] !== board.node))
			return;
		overview.append(...sorted.map(board => board.row.node));
		main.append(...sorted.map(board => board.node));
	}
	function drawAge(board) {
		const ms = board.last.age_ms;
		board.row.seen.textContent = isKnown(ms) ? page.visible(ago(ms + performance.now() - board.cameAt)) : 'never';
	}
	const ago = ms => ms < AGES_MS ? 'now' : minutes(ms) + ' ago';
	/* Of the pool that the verdict is about, else of the first one. */
	function drawRow(board, words) {
		const event = board.last, row = board.row, verdict = event.verdict || {};
		const pool = event.pools.find(one => one.name === verdict.pool) || event.pools[0] || {};
		row.node.dataset.severity = severity(event);
		row.verdict.textContent = event.link === 'away' ? 'away' : words || 'no figures yet';
		row.free.textContent = human(pool.free);
		row.largest_free.textContent = human(pool.largest_free);
		row.failures.textContent = number(event.failures);
		row.failures.classList.toggle('failed', event.failures > 0);
		drawAge(board);
	}
	const words = (n, name) => number(n) + ' ' + name + (n === 1 ? '' : 's');
	function draw(board) {
		const event = board.last;
		board.isStale = false;
		board.node.classList.toggle('away', event.link === 'away');
		board.link.textContent = LINKS[event.link];
		const verdict = event.verdict || {};
		board.node.dataset.severity = severity(event);
		board.verdict.textContent = [verdict.state === 'unknown' ? null : verdict.state, rate(verdict), ends(verdict)].filter(isKnown).join(' \u00b7 ');
		drawRow(board, board.verdict.textContent);
		board.what.textContent = page.visible([event.firmware, event.machine].filter(isKnown).join(' \u00b7 '));
		board.counts.textContent = COUNTERS.filter(counter => isKnown(event[counter[0]])).map(counter => words(event[counter[0]], counter[1])).join(' \u00b7 ');
		board.table.classList.toggle('off', !event.pools.length);
		board.body.replaceChildren(...event.pools.map(pool => el('tr', { 'data-pool': pool.name }, el('th', { scope: 'row' }, pool.name),
			COLUMNS.map(([key, , text]) => el('td', { class: 'num', 'data-key': key, 'data-value': pool[key] }, text(pool[key]))),
			el('td', { class: 'curve-of' }, curve(board.points.get(pool.name))))));
	}
	/* In one frame, however many events came; not at all in a tab that is not looked at. */
	function drawSoon() {
		if (waits)
			return;
		waits = true;
		requestAnimationFrame(() => {
			waits = false;
			for (const board of boards.values())
				if (board.isStale)
					draw(board);
			sort();
		});
	}

	/* ---- events ---- */

	function say(text, isLost) {
		if (state.textContent === text)
			return;
		state.textContent = text;
		state.classList.toggle('lost', isLost);
	}
	const source = new EventSource('/events');
	source.addEventListener('board', message => {
		take(JSON.parse(message.data));
		say(words(boards.size, 'board'), false);
		drawSoon();
	});
	setInterval(() => boards.forEach(drawAge), AGES_MS);
	source.addEventListener('open', () => say('connected', false));
	source.addEventListener('error', () => say('memprof serve does not answer; figures are those of before', true));
	page.ready();
})();
