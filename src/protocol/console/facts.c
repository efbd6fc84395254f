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

	if (line->words & LINE_OF_QSTR &&
	    scan_from(text, n, "qstr pool: n_pool=", "#, n_qstr=#, n_str_data_bytes=#, n_total_bytes=#", qstr, 4) ==
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

/* What the number in the next line is, if code ends with one of these calls. */
static enum number_meaning meaning_of_call(const struct plain_line *line)
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

	while (p > line->text && p[-1] != ';')
		p--;
	while (p < end && *p == ' ')
		p++;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if ((size_t)(end - p) == strlen(calls[i].code) && memcmp(p, calls[i].code, (size_t)(end - p)) == 0)
			return calls[i].meaning;
	return NUMBER_NONE;
}

bool console_facts_read(struct console_facts *s, const struct raw_line *raw, const struct plain_line *line,
			struct event *ret)
{
	enum failure failure;
	uint64_t requested;

	if (line->prompt) {
		s->in_qstr = false;
		s->n_qstr_lines = 0;
		s->next_number = meaning_of_call(line);
		return read_banner(line, ret); /* a reset at the prompt, or two logs in one file */
	}
	if (read_qstr(s, raw, line, ret)) /* first, as a string may look like anything else */
		return true;
	if (line->words & LINE_OF_FAILURE && memory_error_scan(line->text, line->n_bytes, &failure, &requested)) {
		ret->kind = EVENT_FAILED;
		ret->failed.failure = failure;
		/* " bytes" stands behind what Python asked for: its size is whole */
		ret->failed.asked_bytes = failure != FAILURE_ASKED && plain_line_may_be_cut(raw, line) ? NOT_KNOWN :
													 requested;
		ret->failed.text = (struct event_text){ line->text, line->n_bytes };
		return true;
	}
	if (read_qstr_lines(s, raw, line, ret) || read_banner(line, ret) || read_mark(line, ret) ||
	    read_ended(line, ret))
		return true;
	enum number_meaning asked = line->words & LINE_OF_FIGURES ? meaning_of_call(line) : NUMBER_NONE;
	if (asked != NUMBER_NONE) { /* its prompt was cut away */
		s->next_number = asked;
		return false;
	}
	bool cut = plain_line_may_be_cut(raw, line);
	return !cut && (read_answer(s, line, ret) || read_lobo(line, ret));
}
