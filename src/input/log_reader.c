#include "memprof/input/log_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log_moment.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/image/core.h"
#include "memprof/image/foreign.h"
#include "memprof/io/input_fd.h"
#include "memprof/io/source.h"
#include "memprof/objects/memory_file.h"
#include "memprof/protocol/figures.h"
#include "recordings.h"

enum { CHUNK_BYTES = 256 * 1024 };

/* certain: before it is read. 0: it may be a log; -EINVAL. */
static int refuse_foreign(const struct log_reader *r, bool certain, struct diag *diag)
{
	const struct place at = { .file = r->name };
	const char *hint = foreign_log_hint((const char *)r->head, r->n_head, certain);

	return hint ? diag_at(diag, at, -EINVAL, "no heap dump in it: %s", hint) : 0;
}

/* A memory file or a core file. */
static bool is_memory(const struct log_reader *r)
{
	const char *head = (const char *)r->head;

	return r->memory && !r->decoder && (core_is_elf(head, r->n_head) || memory_file_is(head, r->n_head));
}

/* Of a moment that was chosen only that, and what is left out is counted. */
static int give(struct log_reader *r, struct event *event)
{
	if (r->n_chosen == 0)
		return r->on_event(r->ctx, event);
	if (event->kind != EVENT_SNAPSHOT)
		return 0;
	if (++r->n_snapshots != r->n_chosen) {
		if (r->on_skipped)
			r->on_skipped(r->ctx, 1);
		return 0;
	}
	if (r->choice[0] != '#') /* its mark is another event */
		text_copy(event->snapshot.label, EVENT_LABEL_BYTES, r->choice, strlen(r->choice));
	return r->on_event(r->ctx, event);
}

static int drain(struct log_reader *r, void *state, struct diag *diag)
{
	struct event event;

	for (;;) {
		int answer = r->decoder->next_event(state, &event, diag);
		if (answer != DECODER_EVENT)
			return answer < 0 ? answer : 0;
		answer = give(r, &event);
		if (answer < 0)
			return answer;
	}
}

/* Reads until the buffer is full or the input ends; short only at the end. */
static ssize_t fill(struct source *source, uint8_t *bytes, size_t n_wanted)
{
	size_t n = 0;

	while (n < n_wanted) {
		ssize_t got = source_read(source, bytes + n, n_wanted - n);
		if (got < 0)
			return got;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

/* Goes on behind the head. */
static int read_memory(struct log_reader *r, struct source *source, uint8_t *bytes, struct diag *diag)
{
	struct place at = { .file = r->name };
	ssize_t n = (ssize_t)r->n_head;

	r->is_memory = true;
	strbuf_add(r->memory, r->head, r->n_head);
	while (n > 0 && r->memory->n_bytes <= BLOB_MAX_BYTES) {
		n = source_read(source, bytes, CHUNK_BYTES);
		if (n > 0)
			strbuf_add(r->memory, bytes, (size_t)n);
	}
	r->n_bytes = r->memory->n_bytes;
	if (n < 0)
		return diag_at(diag, at, (int)n, "cannot read it: %s", strerror((int)-n));
	if (n > 0)
		return diag_at(diag, at, -EFBIG, "it is larger than %" PRIu64 " bytes", BLOB_MAX_BYTES);
	return strbuf_error(r->memory) ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

/* Without "@CHOICE". */
static int add_path(const struct log_reader *r, struct strbuf *ret, struct diag *diag)
{
	strbuf_add(ret, r->name, r->choice ? (size_t)(r->choice - 1 - r->name) : strlen(r->name));
	return strbuf_error(ret) ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

static int choose_moment(struct log_reader *r, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (add_path(r, &path, diag) < 0)
		return -ENOMEM;
	return log_moment_find(r, strbuf_text(&path), r->choice, &r->n_chosen, diag);
}

/* SQLite reads it by its name. */
static int read_recording(struct log_reader *r, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (add_path(r, &path, diag) < 0)
		return -ENOMEM;
	if (!input_is_file(strbuf_text(&path)))
		return diag_at(diag, (struct place){ .file = r->name }, -EINVAL,
			       "this is an SQLite file; a recording is read by its name, not from a pipe");
	r->is_recording = true;
	return recording_log(r, strbuf_text(&path), r->choice, diag);
}

/* The head becomes UTF-8 where it is UTF-16. What of it is fed, in bytes. */
static size_t take_head(struct log_reader *r, uint8_t *bytes)
{
	size_t n = r->n_head;

	r->is_utf16 = r->decoder != &decoder_raw_atb && utf16_detect(r->head, r->n_head, &r->utf16);
	if (!r->is_utf16) {
		memcpy(bytes, r->head, n);
		return n;
	}
	n = utf16_to_utf8(&r->utf16, r->head, r->n_head, (char *)bytes);
	r->n_head = MIN(n, sizeof(r->head));
	memcpy(r->head, bytes, r->n_head);
	return n;
}

/* The next bytes of the log, to be fed: how many. 0 at its end; negative. */
static ssize_t read_more(struct log_reader *r, struct source *source, uint8_t *bytes, size_t *ret_n_fed)
{
	enum { RAW_BYTES = CHUNK_BYTES / 4 }; /* at the end of what they become at the beginning */
	uint8_t *raw = r->is_utf16 ? bytes + CHUNK_BYTES - RAW_BYTES : bytes;
	ssize_t n = source_read(source, raw, r->is_utf16 ? RAW_BYTES : CHUNK_BYTES);

	*ret_n_fed = n > 0 ? (size_t)n : 0;
	if (r->is_utf16 && n > 0)
		*ret_n_fed = utf16_to_utf8(&r->utf16, raw, (size_t)n, (char *)bytes);
	return n;
}

static int read_all(struct log_reader *r, struct source *source, uint8_t *bytes, struct diag *diag)
{
	ssize_t n = fill(source, r->head, sizeof(r->head));
	size_t n_fed;
	void *state = NULL;
	int ret = 0;

	if (n >= 0) {
		r->n_head = (size_t)n;
		if (recording_log_is(r->head, r->n_head))
			return read_recording(r, diag);
		ret = r->choice ? choose_moment(r, diag) : 0;
		if (ret < 0)
			return ret;
		if (is_memory(r))
			return read_memory(r, source, bytes, diag);
		n_fed = take_head(r, bytes);
		if (!r->decoder && refuse_foreign(r, true, diag) < 0)
			return -EINVAL;
		if (!r->decoder)
			r->decoder = decoder_for(r->head, r->n_head);
		if (!r->decoder)
			r->decoder = &decoder_mem_info; /* a dump may stand behind any noise */
		state = calloc(1, r->decoder->state_bytes);
		if (!state)
			return diag_set(diag, -ENOMEM, "out of memory");
		r->n_bytes = (size_t)n;
		r->options.head = r->head;
		r->options.n_head_bytes = r->n_head;
		r->decoder->set(state, &r->options);
		r->decoder->feed(state, bytes, n_fed, NOT_KNOWN);
		ret = drain(r, state, diag);
	}
	while (n > 0 && ret == 0) {
		n = read_more(r, source, bytes, &n_fed);
		if (n <= 0)
			break;
		r->n_bytes += (size_t)n;
		r->decoder->feed(state, bytes, n_fed, NOT_KNOWN);
		ret = drain(r, state, diag);
	}
	if (n < 0)
		ret = diag_at(diag, (struct place){ .file = r->name }, (int)n, "cannot read it: %s", strerror((int)-n));
	if (state && ret == 0) {
		r->decoder->finish(state);
		ret = drain(r, state, diag);
		if (ret == 0 && r->n_snapshots < r->n_chosen)
			ret = diag_at(diag, (struct place){ .file = r->name }, -EINVAL,
				      "it has %" PRIu64 " dumps, so there is no #%" PRIu64, r->n_snapshots,
				      r->n_chosen);
	}
	if (state && ret == 0 && r->decoder->notes)
		r->n_notes = r->decoder->notes(state, r->notes);
	if (state && r->decoder->n_frames)
		r->n_frames = r->decoder->n_frames(state);
	if (state)
		r->decoder->deinit(state);
	free(state);
	return ret;
}

bool log_choice(const char *name, const char **choice, struct strbuf *ret_file)
{
	const char *at = strchr(*choice ? *choice : name, '@');

	strbuf_reset(ret_file);
	if (at)
		strbuf_add(ret_file, name, (size_t)(at - name));
	*choice = at ? at + 1 : NULL;
	return at != NULL;
}

static int open_chosen(struct log_reader *r, struct source **ret, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag other;
	int error = source_open(r->name, ret, diag);

	while (error == -ENOENT && log_choice(r->name, &r->choice, &path))
		if (path.n_bytes > 0 && !source_kind_of(strbuf_text(&path))->live)
			error = source_open(strbuf_text(&path), ret, &other) < 0 ? error : 0;
	return error;
}

int log_read(struct log_reader *r, struct diag *diag)
{
	struct place at = { .file = r->name };
	struct source *source = NULL;

	if (source_kind_of(r->name)->live)
		return diag_at(diag, at, -EINVAL, "this is a board, not a saved log; use memprof snap or attach");
	r->choice = NULL;
	int ret = open_chosen(r, &source, diag);
	if (ret < 0)
		return ret;
	uint8_t *bytes = malloc(CHUNK_BYTES);
	ret = bytes ? read_all(r, source, bytes, diag) : diag_at(diag, at, -ENOMEM, "out of memory");
	free(bytes);
	source_close(source);
	return ret;
}

int log_reader_no_dump(const struct log_reader *r, struct diag *diag)
{
	struct place at = { .file = r->name };

	if (r->is_recording)
		return diag_at(diag, at, -EINVAL,
			       "no snapshot was recorded in it; memprof export --console shows what the board printed");
	if (r->n_bytes == 0)
		return diag_at(diag, at, -EINVAL,
			       "it is empty; memprof attach --save FILE writes the console of a board");
	if (r->n_frames > 0)
		return diag_at(diag, at, -EINVAL,
			       "no whole snapshot in it, among %" PRIu64
			       " frame%s of an agent; record for longer, and"
			       " where no frames are lost",
			       r->n_frames, r->n_frames == 1 ? "" : "s");
	if (refuse_foreign(r, false, diag) < 0)
		return -EINVAL;
	struct strbuf nearest CLEANUP(strbuf_deinit) = STRBUF_INIT;
	if (r->options.figures && figures_are_narrow(r->options.figures)) {
		bool any = figures_nearest(r->options.figures, (const char *)r->head, r->n_head, &nearest);
		return diag_at(diag, at, -EINVAL,
			       "no line of it has the figures that --figures asks for, and no dump is in it; %s",
			       any ? strbuf_text(&nearest) : "memprof help figures explains patterns");
	}
	return diag_at(
		diag, at, -EINVAL,
		"no heap dump in it, and no figures of a heap (memprof help formats)%s. Next: memprof snap or memprof objects, if the board is"
		" still at its prompt; else memprof leaks main.py",
		r->offers_figures ? "; --figures reads lines that only you know" : "");
}

int log_read_as(struct log_reader *r, const struct log_format *format, const struct notice_sink *notices)
{
	struct place at = { .file = r->name };
	struct diag diag = { 0 };

	if (format) {
		r->decoder = format->decoder;
		r->options.figures = format->figures;
		r->options.raw_atb = &format->raw_atb;
		r->offers_figures = true;
	}
	int error = log_read(r, &diag);
	if (error == 0 && r->decoder == &decoder_raw_atb && r->n_bytes > raw_atb_table_bytes(&format->raw_atb))
		notice_at(notices, at, "warning",
			  "it is longer than the %" PRIu64 " bytes of %" PRIu64 " blocks; the rest is not looked at",
			  raw_atb_table_bytes(&format->raw_atb), format->raw_atb.n_blocks);
	for (size_t i = 0; i < r->n_notes; i++)
		notice_at(notices, at, "note", "%s", r->notes[i]);
	if (r->n_bare > 0)
		notice_at(notices, at, "note",
			  "of %" PRIu64 " snapshot%s it has figures alone: their block tables were not kept", r->n_bare,
			  r->n_bare == 1 ? "" : "s");
	if (error < 0 && diag.text[0])
		notice_at(notices, (struct place){ diag.at.file ? diag.at.file : r->name, diag.at.line, diag.at.col },
			  "error", "%s", diag.text);
	else if (error == -ENOMEM)
		notice_at(notices, (struct place){ 0 }, "error", "out of memory");
	return error;
}

int log_report_no_dump(const struct log_reader *r, const struct notice_sink *notices)
{
	struct diag diag = { 0 };
	int error = log_reader_no_dump(r, &diag);

	notice_at(notices, diag.at, "error", "%s", diag.text);
	return error;
}
