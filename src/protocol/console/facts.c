#include "console/facts.h"

#include <string.h>

#include "console/memory_error.h"
#include "console/resets.h"
#include "console/scan.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/mem_info_text.h"

/* ---- interned strings ---- */

/* "qstr:" and four lines of machine.info() and pyb.info() (ports/stm32/modmachine.c). */
static bool read_qstr_lines(struct console_facts *s, const struct raw_line *raw, const struct plain_line *line,
			    struct event *ret)
{
	static const char *const forms[] = {
		"n_pool=#",
		"n_qstr=#",
		"n_str_data_bytes=#",
		"n_total_bytes=#",
	};
	const char *end = line->text + line->n_bytes;

	if (scan(line->text, end, "qstr:", s->qstr, 0) == 0) {
		s->n_qstr_lines = 1;
		return false;
	}
	if (s->n_qstr_lines == 0 || line->n_bytes == 0)
		return false;
	uint32_t i = s->n_qstr_lines++ - 1;
	if (scan(line->text, end, forms[i], &s->qstr[i], 1) != 1 || plain_line_may_be_cut(raw, line)) {
		s->n_qstr_lines = 0;
		return false;
	}
	if (i + 1 < ARRAY_SIZE(forms))
		return false;
	s->n_qstr_lines = 0;
	ret->kind = EVENT_QSTR;
	ret->qstr = (struct heap_qstr){ s->qstr[0], s->qstr[1], s->qstr[2], s->qstr[3] };
	return true;
}

static bool read_qstr(struct console_facts *s, const struct raw_line *raw, const struct plain_line *line,
		      struct event *ret)
{
	const char *text = line->text;
	size_t n = line->n_bytes;
	uint64_t qstr[4];

	if (scan_from(text, n, "qstr pool: n_pool=", "#, n_qstr=#, n_str_data_bytes=#, n_total_bytes=#", qstr, 4) ==
		    4 &&
	    !plain_line_may_be_cut(raw, line)) {
		s->in_qstr = true;
		s->qstr_open = false;
		ret->kind = EVENT_QSTR;
		ret->qstr = (struct heap_qstr){ qstr[0], qstr[1], qstr[2], qstr[3] };
		return true;
	}
	if (!s->in_qstr)
		return false;
	if (text_starts(raw->text, raw->n_bytes, "Q(")) { /* unstripped: the string may hold anything */
		text = raw->text;
		n = raw->n_bytes;
	}
	bool begins = text_starts(text, n, "Q("), ends = n > 0 && text[n - 1] == ')';
	if (s->qstr_open && !begins) { /* continues a string with a line break */
		s->qstr_open = !ends;
		return false;
	}
	s->qstr_open = begins && !ends;
	if (!begins) {
		s->in_qstr = false;
		return false;
	}
	ret->kind = EVENT_QSTR_TEXT;
	ret->text = (struct event_text){ text + 2, n - 2 - ends };
	ret->text_broken = !ends;
	return true;
}

/* ---- figures without a table ---- */

static bool sample(struct event *ret, uint64_t used_bytes, uint64_t free_bytes)
{
	ret->kind = EVENT_SAMPLE;
	ret->pool = heap_pool_sample(used_bytes, free_bytes, NOT_KNOWN);
	return true;
}

/* A number of bytes ends at a blank, a comma or the end of the line; "134.5kB" and "2 KB" do not match. */
static bool number_ends(const char *p, const char *end)
{
	static const char *const units[] = { "k", "K", "M", "G", "%", "blocks", "words" };
	size_t n;

	if (p == end || *p == ',')
		return true;
	if (*p++ != ' ')
		return false;
	n = (size_t)(end - p);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t n_unit = strlen(units[i]);
		if (!text_starts(p, n, units[i]))
			continue;
		n_unit += n > n_unit && p[n_unit] == 'i';
		n_unit += n > n_unit && (p[n_unit] == 'B' || p[n_unit] == 'b');
		if (n <= n_unit || p[n_unit] == ' ' || p[n_unit] == ',')
			return false;
	}
	return true;
}

/* Words right before "free:" that refer to Python's heap, unlike "LittleFS". The first four are from
 * MicroPython's documentation (docs/reference/constrained.rst). */
static const char *const free_of[] = {
	"Initial", "run",  "collect", "definition", "gc",  "GC",    "mem",    "Mem", "memory",
	"Memory",  "heap", "Heap",    "RAM",        "ram", "after", "before", "now",
};

static bool is_of_the_heap(const char *text, const char *p)
{
	const char *end = p;

	while (end > text && end[-1] == ' ')
		end--;
	p = end;
	while (p > text && ((p[-1] | 32) >= 'a' && (p[-1] | 32) <= 'z'))
		p--;
	if (p == end)
		return true; /* start of line, a digit, a bracket, a colon */
	for (size_t i = 0; i < ARRAY_SIZE(free_of); i++)
		if ((size_t)(end - p) == strlen(free_of[i]) && memcmp(p, free_of[i], strlen(free_of[i])) == 0)
			return true;
	return false;
}

/* "Initial free: 108592 allocated: 2000", as in MicroPython's documentation. */
static bool read_free_allocated(const struct plain_line *line, struct event *ret)
{
	const char *end = line->text + line->n_bytes;
	const char *p = text_find(line->text, line->n_bytes, "ree: ");
	uint64_t free_bytes, used_bytes;

	if (!p || p == line->text || (p[-1] != 'f' && p[-1] != 'F') || p + 5 == end ||
	    !is_of_the_heap(line->text, p - 1))
		return false;
	p = number_scan(p + 5, end, &free_bytes);
	if (p && p < end && *p == ',')
		p++;
	p = p ? scan_start(p, end, " allocated: #", &used_bytes) : NULL;
	return p && number_ends(p, end) && sample(ret, used_bytes, free_bytes);
}

/* The number after a word, anywhere in the line. */
static bool number_after(const struct plain_line *line, const char *word, uint64_t *ret)
{
	const char *end = line->text + line->n_bytes;
	const char *p = text_find(line->text, line->n_bytes, word);

	p = p ? p + strlen(word) : end;
	p = p < end ? number_scan(p, end, ret) : NULL;
	return p && number_ends(p, end);
}

/* "gc_free=134544 gc_alloc=30704", a common form in programs. */
static bool read_named(const struct plain_line *line, struct event *ret)
{
	uint64_t free_bytes, used_bytes;

	return number_after(line, "gc_free=", &free_bytes) && number_after(line, "gc_alloc=", &used_bytes) &&
	       sample(ret, used_bytes, free_bytes);
}

/* A labelled gc.mem_free(); the rest of the line is at most a unit. */
static bool read_free_alone(const struct plain_line *line, struct event *ret)
{
	static const char *const labels[] = {
		"free: #",           "Free: #",         "free memory: #", "Free memory: #",  "Memory free: #",
		"free RAM: #",       "Free RAM: #",     "RAM free: #",    "free heap: #",    "Free heap: #",
		"mem_free: #",       "mem_free=#",      "mem_free = #",   "gc.mem_free() #", "gc.mem_free(): #",
		"gc.mem_free() = #", "gc.mem_free()=#",
	};
	const char *end = line->text + line->n_bytes;
	uint64_t free_bytes;

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		const char *p = scan_start(line->text, end, labels[i], &free_bytes);
		size_t n = p ? (size_t)(end - p) : 0;
		if (p && (n == 0 || (n == 6 && !memcmp(p, " bytes", 6)) || (n == 2 && !memcmp(p, " B", 2))))
			return sample(ret, NOT_KNOWN, free_bytes);
	}
	return false;
}

/* "uPY heap: 3073664/5664/3068000 bytes", the banner of loboris/MicroPython_ESP32_psRAM_LoBo. */
static bool read_lobo(const struct plain_line *line, struct event *ret)
{
	uint64_t n[3];

	return scan_start(line->text, line->text + line->n_bytes, "uPY heap: #/#/# bytes", n) &&
	       sample(ret, n[1], n[2]);
}

static bool read_answer(struct console_facts *s, const struct plain_line *line, struct event *ret)
{
	const char *end = line->text + line->n_bytes;
	enum number_meaning wanted = s->next_number;
	uint64_t bytes;

	if (wanted == NUMBER_NONE || line->n_bytes == 0)
		return false;
	s->next_number = NUMBER_NONE;
	if (number_scan(line->text, end, &bytes) != end)
		return false;
	return sample(ret, wanted == NUMBER_USED ? bytes : NOT_KNOWN, wanted == NUMBER_FREE ? bytes : NOT_KNOWN);
}

/* ---- marks ---- */

/* "memprof: after boot", printed by a program to label the dump before it. A log may also hold memprof's own messages,
 * which begin the same way. */
static bool read_mark(const struct plain_line *line, struct event *ret)
{
	static const char begin[] = "memprof: ";
	static const char *const ours[] = { "error: ", "warning: ", "note: " };
	size_t n_begin = sizeof(begin) - 1;

	if (!text_starts(line->text, line->n_bytes, begin))
		return false;
	ret->mark = (struct event_text){ line->text + n_begin, line->n_bytes - n_begin };
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (text_starts(ret->mark.bytes, ret->mark.n_bytes, ours[i]))
			return false;
	ret->kind = EVENT_MARK;
	return ret->mark.n_bytes > 0;
}

static bool read_ended(const struct plain_line *line, struct event *ret)
{
	if (!plain_line_is(line, mem_info_ended))
		return false;
	ret->kind = EVENT_PROGRAM_ENDED;
	return true;
}

/* ---- all of it ---- */

static bool read_banner(const struct plain_line *line, struct event *ret)
{
	if (!resets_is_banner(line))
		return false;
	ret->kind = EVENT_BANNER;
	ret->text = (struct event_text){ line->text, line->n_bytes };
	return true;
}

/* Notes code typed at the prompt: if it ends with one of these calls, the next line is its result. */
static void note_prompt(struct console_facts *s, const struct plain_line *line)
{
	static const struct {
		const char *code;
		enum number_meaning meaning;
	} calls[] = {
		{ "gc.mem_free()", NUMBER_FREE },
		{ "print(gc.mem_free())", NUMBER_FREE },
		{ "gc.mem_alloc()", NUMBER_USED },
		{ "print(gc.mem_alloc())", NUMBER_USED },
	};
	const char *end = line->text + line->n_bytes, *p = end;

	s->in_qstr = false;
	s->n_qstr_lines = 0;
	s->next_number = NUMBER_NONE;
	while (p > line->text && p[-1] != ';')
		p--;
	while (p < end && *p == ' ')
		p++;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if ((size_t)(end - p) == strlen(calls[i].code) && memcmp(p, calls[i].code, (size_t)(end - p)) == 0)
			s->next_number = calls[i].meaning;
}

bool console_facts_read(struct console_facts *s, const struct raw_line *raw, const struct plain_line *line,
			struct event *ret)
{
	enum failure failure;
	uint64_t requested;

	if (line->prompt) {
		note_prompt(s, line);
		return read_banner(line, ret); /* a reset at the prompt, or two logs in one file */
	}
	if (read_qstr(s, raw, line, ret)) /* first, as a string may look like anything else */
		return true;
	if (memory_error_scan(line->text, line->n_bytes, &failure, &requested)) {
		ret->kind = EVENT_FAILED;
		ret->failed.failure = failure;
		ret->failed.asked_bytes = requested;
		ret->failed.text = (struct event_text){ line->text, line->n_bytes };
		return true;
	}
	if (read_qstr_lines(s, raw, line, ret) || read_banner(line, ret) || read_mark(line, ret) ||
	    read_ended(line, ret))
		return true;
	bool cut = plain_line_may_be_cut(raw, line);
	return !cut && (read_answer(s, line, ret) || read_free_allocated(line, ret) || read_named(line, ret) ||
			read_free_alone(line, ret) || read_lobo(line, ret));
}
