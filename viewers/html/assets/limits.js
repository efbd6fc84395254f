'use strict';
/* From a limit to the row of its subject in the tables of the page, where it has one. */
(() => {
	const TABLES = { region: ['region-table', 'regions-table'], section: ['sections-table'], component: ['components-table'],
		archive: ['archives-table'], object: ['objects-table'], symbol: ['symbols-table'], source: ['sources-table'],
		folder: ['folders-table'], frozen: ['frozen-table'], heap: ['pool-table'] };
	const limits = document.getElementById('limits');

	/* From "at dump 3, line 1204" to that dump, where the page has it. */
	function linkMoment(tr) {
		const { dump } = tr.dataset, note = tr.querySelector('.moment');
		if (!note || !page.hasMoment || !page.hasMoment(dump))
			return;
		const text = note.textContent, name = 'dump ' + dump, from = text.indexOf(name);
		note.replaceChildren(text.slice(0, from), page.el('a', { href: '#dump-' + dump }, name), text.slice(from + name.length));
	}
	function link(tr) {
		const { subject, name, dump } = tr.dataset, head = tr.cells[0], what = head.firstChild;
		const table = (TABLES[subject] || []).map(id => page.tables.get(id)).find(found => found && found.has(name));
		if (!table)
			return;
		head.replaceChild(page.el('button', { type: 'button', class: 'link', onclick: async () => {
			if (dump && page.moment)
				await page.moment(Number(dump));
			table.reveal(name);
		} }, what.textContent), what);
	}

	document.addEventListener('ready', () => {
		document.getElementById('main').prepend(limits);
		limits.querySelectorAll('tr[data-subject]').forEach(link);
		limits.querySelectorAll('tr[data-dump]').forEach(linkMoment);
	});
	if (document.body.classList.contains('limits'))
		page.ready();
})();
