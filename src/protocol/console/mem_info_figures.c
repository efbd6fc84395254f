/* Figures of any firmware's heap, by patterns (memprof/protocol/figures.h) or by common words (figures/words.h): lines
 * of one moment become a heap without a table, or a sample of Python's heap. */
#include <string.h>

#include "console/mem_info_private.h"
#include "console/memory_error.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* ---- what prints ---- */

void mem_info_note_dialect(struct mem_info *m, bool is_reset)
{
	static const char *const python[] = { "Traceback (most recent call last)", "code.py output", "raw REPL" };
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;

	if (m->figures.is_decided || m->figures.dialect == DIALECT_PYTHON)
		return;
	bool is_python = m->line.primary || resets_is_banner(&m->line) ||
			 (is_reset && text_find(text, n, "soft reboot"));
	bool is_logger = m->line.uptime_us != NOT_KNOWN || text_starts(text, n, "nsh> ") ||
			 text_starts(text, n, "msh >") ||
			 (n > 3 && *text == '[' && strchr("CDEIVW", text[1]) && text[2] == ']'); /* ESPHome */

	for (size_t i = 0; i < ARRAY_SIZE(python); i++)
		is_python |= text_starts(text, n, python[i]);
	if (is_python)
		m->figures.dialect = DIALECT_PYTHON;
	else if (is_reset || is_logger)
		m->figures.dialect = DIALECT_OTHER;
}

/* Decides with the first figures, for those that follow, too: one heap keeps its name. */
static bool decide_sample(struct mem_info_figures *f, const struct words_line *line)
{
	if (line->is_python || (f->dialect == DIALECT_NOT_KNOWN && !line->is_of_c))
		f->dialect = DIALECT_PYTHON;
	else if (f->dialect == DIALECT_NOT_KNOWN)
		f->dialect = DIALECT_OTHER;
	f->is_decided = true;
	return f->dialect == DIALECT_PYTHON;
}

/* ---- time ---- */

/* The board's own clock, for lines without a stamp: uptimes of all boots one after the other. Whether it fell by more
 * than lines of two tasks are out of order, which a reset does. */
bool mem_info_keep_uptime(struct mem_info *m, uint64_t uptime_us)
{
	static const uint64_t OUT_OF_ORDER_US = 5000000, MOST_US = UINT64_C(1) << 62;
	struct mem_info_figures *f = &m->figures;
	bool fell = f->any_uptime && uptime_us < f->uptime_us && f->uptime_us - uptime_us > OUT_OF_ORDER_US;

	if (fell)
		f->base_us = MIN(f->base_us + f->uptime_us, MOST_US);
	f->uptime_us = fell || !f->any_uptime ? MIN(uptime_us, MOST_US) : MAX(f->uptime_us, MIN(uptime_us, MOST_US));
	f->any_uptime = true;
	if (!m->line.stamp.set) {
		m->line.stamp =
			(struct timestamp){ .set = true, .kind = TIMESTAMP_START, .at_us = f->base_us + f->uptime_us };
		mem_info_read_stamp(m);
	}
	return fell;
}

/* ---- moments ---- */

static struct figures_pool *pool_of(struct figures_moment *moment, const char *name)
{
	for (size_t i = 0; i < moment->n; i++)
		if (strcmp(moment->pools[i].reading.pool, name) == 0)
			return &moment->pools[i];
	return NULL;
}

/* Whether a reading tells nothing that another one of the same pool has told. */
static bool completes(const struct figures_reading *reading, const struct figures_reading *by)
{
	uint64_t size = MIN(reading->value[FIGURE_SIZE], by->value[FIGURE_SIZE]);
	uint64_t free = MIN(reading->value[FIGURE_FREE], by->value[FIGURE_FREE]);

	for (int i = 0; i < N_FIGURE_BYTES; i++)
		if (reading->value[i] != NOT_KNOWN && by->value[i] != NOT_KNOWN)
			return false;
	return free == NOT_KNOWN || free <= size;
}

/* Whether what was found is of the same time as the moment that has begun, as far as is known. */
static bool is_near(const struct figures_moment *moment, const struct figures_found *found)
{
	enum { APART_US = 1500000 };
	uint64_t from = moment->at.at_us, to = found->at.at_us;

	if (moment->is_rest && found->line > moment->last_line + 1)
		return false;
	return from == NOT_KNOWN || to == NOT_KNOWN || (to >= from && to - from <= APART_US);
}

/* Whether what was found is of the moment that has begun. */
static bool goes_on(struct mem_info_figures *f, const struct figures_found *found)
{
	bool has_room = f->moment.n + found->n <= ARRAY_SIZE(f->moment.pools) && is_near(&f->moment, found);

	for (size_t i = 0; i < found->n; i++) {
		const struct figures_pool *pool = pool_of(&f->moment, found->pools[i].reading.pool);
		if (pool && !completes(&pool->reading, &found->pools[i].reading))
			return false;
	}
	return has_room && f->moment.is_sample == found->is_sample && f->moment.is_named == found->is_named;
}

static void add_found(struct mem_info_figures *f, const struct figures_found *found)
{
	struct figures_moment *moment = &f->moment;

	if (!f->begun)
		*moment = (struct figures_moment){ .is_sample = found->is_sample,
						   .is_named = found->is_named,
						   .by_words = true,
						   .first_line = found->line,
						   .at = found->at };
	f->begun = true;
	moment->by_words &= found->by_words;
	moment->last_line = found->line;
	for (size_t i = 0; i < found->n; i++) {
		const struct figures_pool *by = &found->pools[i];
		struct figures_pool *pool = pool_of(moment, by->reading.pool);
		if (!pool) {
			moment->pools[moment->n++] = *by;
			continue;
		}
		for (int k = 0; k < N_FIGURE_BYTES; k++)
			pool->reading.value[k] = MIN(pool->reading.value[k], by->reading.value[k]);
		pool->reading.in_blocks |= by->reading.in_blocks;
	}
}

/* There is room: a moment that is full has ended. */
static void add_pool(struct heap *heap, const struct figures_pool *from)
{
	static const char nameless[] = "heap";
	struct heap_pool *pool;

	if (heap_add_pool(heap, from->reading.pool[0] ? from->reading.pool : nameless, from->kind, &pool) == 0)
		figures_report(&from->reading, &pool->reported);
}

/* False: there is nothing of it but the size of a heap. */
static bool end_moment(struct mem_info *m, struct event *ret)
{
	struct mem_info_figures *f = &m->figures;
	const struct figures_moment *moment = &f->moment;
	bool suffices = false;

	f->begun = false;
	f->pace = moment->first_line == moment->last_line && !moment->is_rest ? PACE_AT_ONCE : PACE_WAITS;
	for (size_t i = 0; i < moment->n; i++)
		suffices |= figures_suffice(&moment->pools[i].reading);
	*ret = (struct event){ .kind = EVENT_SAMPLE, .line = moment->first_line };
	if (moment->is_sample) {
		ret->pool = heap_pool_sample(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN);
		figures_report(&moment->pools[0].reading, &ret->pool.reported);
	} else {
		heap_reset(&f->heap);
		for (size_t i = 0; i < moment->n; i++)
			add_pool(&f->heap, &moment->pools[i]);
		heap_seal(&f->heap);
		ret->kind = EVENT_SNAPSHOT;
		ret->snapshot = (__typeof__(ret->snapshot))EVENT_SNAPSHOT_INIT;
		ret->snapshot.heap = &f->heap;
		ret->snapshot.reported.format = "figures";
		ret->snapshot.n_lines = moment->last_line - moment->first_line + 1;
	}
	mem_info_set_time(ret, &moment->at);
	return suffices;
}

bool mem_info_end_moment(struct mem_info *m, struct event *ret)
{
	m->figures.weak.found.n = 0;
	return m->figures.begun && end_moment(m, ret);
}

/* ---- lines ---- */

/* What the line says besides: that is never hidden. */
static bool says_something_else(const struct mem_info *m)
{
	enum failure failure;
	uint64_t asked_bytes;

	return (m->line.words & LINE_OF_FAILURE &&
		memory_error_scan(m->line.text, m->line.n_bytes, &failure, &asked_bytes)) ||
	       resets_is_banner(&m->line);
}

static bool read_text(struct mem_info *m, const char *text, size_t n, const struct figures_pattern **ret_pattern,
		      struct figures_reading *ret)
{
	return figures_reader_line(&m->figures.reader, m->options->figures, text, n, m->raw_line.number, ret_pattern,
				   ret);
}

/* As it stands, where its beginning was taken for a stamp, a prompt or a quote. */
static bool read_raw(struct mem_info *m, const struct figures_pattern **ret_pattern, struct figures_reading *ret)
{
	const struct raw_line *raw = &m->raw_line;

	return m->line.n_bytes < raw->n_bytes && !memchr(raw->text, '\x1b', raw->n_bytes) &&
	       read_text(m, raw->text, raw->n_bytes, ret_pattern, ret);
}

static struct figures_found *new_found(struct mem_info *m)
{
	struct mem_info_figures *f = &m->figures;
	struct figures_found *found = &f->found[f->n_found++];

	*found = (struct figures_found){ .line = m->raw_line.number, .first_line = m->raw_line.number };
	mem_info_event_time(m, &found->at);
	return found;
}

bool mem_info_read_figures(struct mem_info *m)
{
	struct mem_info_figures *f = &m->figures;
	const struct figures_pattern *pattern;
	struct figures_reading reading;

	if (!m->options || !m->options->figures || (m->has_agent && !figures_are_narrow(m->options->figures)) ||
	    m->phase == MEM_INFO_TABLE ||
	    !(read_text(m, m->line.text, m->line.n_bytes, &pattern, &reading) || read_raw(m, &pattern, &reading)) ||
	    says_something_else(m) || plain_line_may_be_cut(&m->raw_line, &m->line))
		return false;
	if (!pattern)
		return f->reader.is_sure;
	if (reading.stamp.set && !m->line.stamp.set) {
		m->line.stamp = reading.stamp;
		m->line.stamp.text = reading.stamp_text;
		m->line.stamp.n_bytes = strlen(reading.stamp_text);
		mem_info_read_stamp(m);
	}
	bool reset = reading.uptime_us != NOT_KNOWN && mem_info_keep_uptime(m, reading.uptime_us) &&
		     (m->resets.has_figures || f->begun);
	struct figures_found *found = new_found(m);
	mixed_line(&f->mixed, &m->line, reading.value[FIGURE_FREE]);
	found->reset = reset;
	found->is_named = reading.pool[0] != '\0';
	found->first_line = reading.first_line;
	found->n = 1;
	found->pools[0] = (struct figures_pool){ reading, pattern->kind };
	return true;
}

/* ---- common words ---- */

static bool is_confirmed(const struct mem_info_figures *f, uint32_t form)
{
	for (size_t i = 0; i < f->n_forms; i++)
		if (f->forms[i] == form)
			return true;
	return false;
}

static void confirm(struct mem_info_figures *f, uint32_t form)
{
	if (f->n_forms < ARRAY_SIZE(f->forms))
		f->forms[f->n_forms++] = form;
}

static void fill(struct mem_info_figures *f, const struct words_line *line, struct figures_found *ret)
{
	ret->by_words = true;
	ret->is_sample = decide_sample(f, line);
	ret->n = !ret->is_sample ? line->n : line->readings[0].pool[0] ? 0 : 1; /* Python has one heap */
	for (size_t i = 0; i < ret->n; i++)
		ret->pools[i] = (struct figures_pool){ line->readings[i], POOL_OTHER };
}

/* Whether words that are no proof complete a moment that has just begun. */
static bool is_between(const struct mem_info *m, const struct words_line *line)
{
	const struct figures_moment *moment = &m->figures.moment;

	return m->figures.begun && m->raw_line.number <= moment->last_line + 2 && !line->readings[0].pool[0] &&
	       moment->n > 0 && completes(&moment->pools[0].reading, &line->readings[0]);
}

/* Of words that are no proof the first are kept until they come again. */
static bool is_proven(struct mem_info *m, const struct words_line *line)
{
	struct mem_info_figures *f = &m->figures;

	if (is_confirmed(f, line->form))
		return true;
	const struct figures_reading *first = &f->weak.found.pools[0].reading, *second = &line->readings[0];
	bool again = f->weak.form == line->form;
	bool completed = m->raw_line.number <= f->weak.found.line + 2 && !second->pool[0] && completes(first, second) &&
			 MIN(first->value[FIGURE_FREE], second->value[FIGURE_FREE]) != NOT_KNOWN;
	if (f->weak.found.n > 0 && (again || completed)) {
		confirm(f, line->form);
		f->found[f->n_found++] = f->weak.found;
		f->weak.found.n = 0;
		return true;
	}
	f->weak.form = line->form;
	f->weak.found = (struct figures_found){ .line = m->raw_line.number };
	mem_info_event_time(m, &f->weak.found.at);
	fill(f, line, &f->weak.found);
	return false;
}

/* A number alone in the line right behind a label: both are one line. */
static enum words_certainty read_below_label(struct mem_info *m, struct words_line *ret)
{
	struct mem_info_figures *f = &m->figures;
	char joined[sizeof(f->label) + 24];
	size_t n_label = strlen(f->label), n = m->line.n_bytes;
	uint64_t bytes;

	if (n_label == 0 || m->raw_line.number > f->label_line + 1 || n == 0 || n > 20 ||
	    number_scan(m->line.text, m->line.text + n, &bytes) != m->line.text + n ||
	    plain_line_may_be_cut(&m->raw_line, &m->line))
		return WORDS_NONE;
	memcpy(joined, f->label, n_label);
	memcpy(joined + n_label, m->line.text, n);
	f->label[0] = '\0';
	return words_read(&f->words, joined, n_label + n, ret);
}

static void keep_label(struct mem_info *m)
{
	struct mem_info_figures *f = &m->figures;
	const struct plain_line *line = &m->line;
	char last = line->n_bytes > 0 ? line->text[line->n_bytes - 1] : '\0';

	if ((last != ':' && last != '=') || line->n_bytes >= sizeof(f->label))
		return;
	text_copy(f->label, sizeof(f->label), line->text, line->n_bytes);
	f->label_line = m->raw_line.number;
}

static enum words_certainty read_words(struct mem_info *m, bool of_failure, struct words_line *ret)
{
	enum words_certainty is = read_below_label(m, ret);

	if (m->line.words & LINE_OF_FIGURES && !m->line.prompt)
		keep_label(m);
	if (is != WORDS_NONE)
		return is;
	if (m->line.words & LINE_OF_FIGURES && !m->line.prompt && !plain_line_may_be_cut(&m->raw_line, &m->line) &&
	    !(m->options && m->options->figures && figures_are_narrow(m->options->figures)))
		is = words_read(&m->figures.words, m->line.text, m->line.n_bytes, ret);
	return is == WORDS_WEAK && of_failure ? WORDS_SURE : is;
}

void mem_info_read_words(struct mem_info *m, bool of_failure)
{
	struct mem_info_figures *f = &m->figures;
	struct words_line line;
	enum words_certainty is = read_words(m, of_failure, &line);

	if (is == WORDS_NONE ||
	    (is == WORDS_WEAK && line.form != f->sure_form && !is_between(m, &line) && !is_proven(m, &line)))
		return;
	f->sure_form = line.form;
	struct figures_found *found = new_found(m);
	fill(f, &line, found);
	mixed_line(&f->mixed, &m->line, line.readings[0].value[FIGURE_FREE]);
	f->n_found -= found->n == 0 || (m->has_agent && !found->is_sample);
}

bool mem_info_words_between(struct mem_info *m, struct event *ret)
{
	struct words_line line;

	if (read_words(m, false, &line) != WORDS_SURE || line.readings[0].pool[0] ||
	    !figures_suffice(&line.readings[0]))
		return false;
	ret->kind = EVENT_SAMPLE;
	ret->pool = heap_pool_sample(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN);
	figures_report(&line.readings[0], &ret->pool.reported);
	return true;
}

/* ---- events ---- */

/* Whether what was added is all of the moment, as far as the ones before show. A live board's first is not held back.
 */
static bool is_whole(const struct mem_info_figures *f, bool is_live)
{
	return f->pace == (is_live && f->pace == PACE_NOT_KNOWN ? PACE_NOT_KNOWN : PACE_AT_ONCE) && f->moment.n == 1 &&
	       !f->moment.pools[0].reading.pool[0];
}

bool mem_info_next_figures(struct mem_info *m, bool at_end, struct event *ret)
{
	struct mem_info_figures *f = &m->figures;

	for (;;) {
		struct figures_found *found = f->n_found > 0 ? &f->found[0] : NULL;
		/* A whole table has told what its lines seemed to tell one by one. */
		f->begun &= !(found && found->first_line < found->line && f->moment.by_words &&
			      f->moment.first_line >= found->first_line);
		bool far = at_end || m->raw_line.number > f->moment.last_line + FIGURES_APART_MAX;
		if (f->begun && (far || (found && (found->reset || !goes_on(f, found))))) {
			if (end_moment(m, ret))
				return true;
			continue;
		}
		if (found && found->reset) {
			found->reset = false;
			m->resets.has_figures = false;
			*ret = (struct event){ .kind = EVENT_RESET, .line = found->line };
			mem_info_set_time(ret, &found->at);
			return true;
		}
		if (!found)
			return false;
		/* The line right behind a moment that was given at once belongs to it. */
		bool is_rest = f->pace == PACE_AT_ONCE && !f->begun && found->line == f->moment.last_line + 1 &&
			       goes_on(f, found);
		if (is_rest)
			f->pace = PACE_WAITS;
		add_found(f, found);
		f->moment.is_rest |= is_rest;
		f->weak.found.n = 0;
		f->found[0] = f->found[--f->n_found];
		if (is_whole(f, m->now_us != NOT_KNOWN) && end_moment(m, ret))
			return true;
	}
}
