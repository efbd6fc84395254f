#include "memprof/protocol/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decoder.h"
#include "agent/frame_finder.h"
#include "memprof/base/date.h"
#include "memprof/base/text.h"
#include "openmv/listen.h"

static const char magic[] = "memprof-stream/1 ";

void stream_head(struct strbuf *out, uint64_t started_us, const char *source)
{
	char time[32];

	strbuf_printf(out, "%s%s ", magic, date_rfc3339(started_us, time));
	text_visible(out, source, strlen(source), false);
	strbuf_putc(out, '\n');
}

void stream_chunk(struct strbuf *out, uint64_t at_us, char direction, const void *bytes, size_t n_bytes)
{
	strbuf_printf(out, "%" PRIu64 " %c %zu\n", at_us, direction, n_bytes);
	strbuf_add(out, bytes, n_bytes);
	strbuf_putc(out, '\n');
}

/* ---- the decoder: unpacks the received bytes for the decoder of frames and text ---- */

struct stream {
	struct agent_decoder inner;
	const uint8_t *p, *end;
	uint64_t n_bytes_read; /* for messages */
	enum { AT_HEAD, AT_CHUNK, IN_BYTES } state;
	char head[160]; /* the current header line */
	size_t n_head;
	uint64_t started_us; /* NOT_KNOWN without a valid header */
	uint64_t at_us;
	bool received;                  /* the current chunk */
	bool ours;                      /* a command of memprof's own runs */
	bool enters;                    /* code is sent, which paste mode echoes */
	uint64_t n_left;                /* bytes of it */
	size_t n_sent;                  /* up to the length of OpenMV's first packet */
	bool is_console, is_camera;     /* by the first bytes sent, once they are complete */
	struct openmv_listener *camera; /* its text goes to the inner decoder */
	bool finished;
	const char *damage; /* NULL, or what is wrong */
};

/* Stops reading; events of the bytes before still come out. */
static void stop_at_damage(struct stream *s, const char *what)
{
	s->damage = what;
	s->p = s->end;
	agent_decoder_finish(&s->inner);
}

static int report_damage(const struct stream *s, struct diag *diag)
{
	return diag_set(diag, -EBADMSG, "saved stream damaged at byte %" PRIu64 ": %s; everything before it was read",
			s->n_bytes_read, s->damage);
}

static void read_head(struct stream *s)
{
	struct timestamp stamp;
	char bracketed[64];
	const char *time = s->head + sizeof(magic) - 1;
	size_t n = strcspn(time, " ");

	snprintf(bracketed, sizeof(bracketed), "[%.*s]", (int)MIN(n, (size_t)40), time);
	s->started_us = timestamp_scan(bracketed, strlen(bracketed), &stamp) && stamp.kind == TIMESTAMP_DATE ?
				stamp.at_us :
				NOT_KNOWN;
}

/* "1500 < 14" */
static bool read_chunk_head(struct stream *s)
{
	const char *end = s->head + s->n_head;
	const char *p = number_scan(s->head, end, &s->at_us);

	if (!p || end - p < 4 || p[0] != ' ' || (p[1] != '<' && p[1] != '>') || p[2] != ' ')
		return false;
	s->received = p[1] == '<';
	if (number_scan(p + 3, end, &s->n_left) != end || s->n_left > STREAM_CHUNK_MAX_BYTES)
		return false;
	if (s->n_left == 0) {
		s->ours = !s->received;
		s->enters = false;
		mem_info_mute(&s->inner.text, s->ours);
	}
	return true;
}

/* Code is sent from Ctrl-E on (paste mode, or raw-paste of the raw REPL) up to Ctrl-D, unless it is given up. */
static void note_entering(struct stream *s, const uint8_t *bytes, size_t n)
{
	enum { CTRL_B = 2, CTRL_C, CTRL_D, CTRL_E };

	for (size_t i = 0; i < n; i++) {
		s->enters |= bytes[i] == CTRL_E;
		s->enters &= bytes[i] < CTRL_B || bytes[i] > CTRL_D;
	}
	mem_info_mute(&s->inner.text, s->ours || s->enters);
}

static void classify_sent(struct stream *s, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && !s->is_console && !s->is_camera; i++) {
		s->is_console = bytes[i] != openmv_first_packet[s->n_sent++];
		s->is_camera = !s->is_console && s->n_sent == sizeof(openmv_first_packet);
	}
	if (s->is_camera && !s->camera)
		s->camera = calloc(1, sizeof(*s->camera));
}

/* Reads one byte, or the rest of a chunk. */
static void step(struct stream *s)
{
	size_t n = (size_t)(s->end - s->p);

	if (s->state == IN_BYTES && s->n_left > 0) {
		const uint8_t *bytes = s->p;
		size_t n_take = MIN(n, (size_t)s->n_left);
		s->p += n_take;
		s->n_bytes_read += n_take;
		s->n_left -= n_take;
		if (!s->received) {
			classify_sent(s, bytes, n_take);
			note_entering(s, bytes, n_take);
			return;
		}
		if (s->camera)
			openmv_listener_feed(s->camera, bytes, n_take);
		else
			agent_decoder_feed(&s->inner, bytes, n_take, s->at_us);
		return;
	}
	if (s->state == AT_HEAD && s->n_head == sizeof(s->head) - 1) { /* skip the rest of a long line */
		const uint8_t *end = memchr(s->p, '\n', n);
		s->n_bytes_read += (size_t)((end ? end : s->end) - s->p);
		s->p = end ? end : s->end;
		if (!end)
			return;
	}
	uint8_t c = *s->p++;
	s->n_bytes_read++;
	if (s->state == IN_BYTES) {
		if (c != '\n')
			stop_at_damage(s, "a chunk does not end at its stated length");
		s->state = AT_CHUNK;
		s->n_head = 0;
	} else if (c != '\n' && s->n_head < sizeof(s->head) - 1) {
		s->head[s->n_head++] = (char)c;
		s->head[s->n_head] = '\0';
	} else if (s->state == AT_HEAD) {
		read_head(s);
		s->state = AT_CHUNK;
		s->n_head = 0;
	} else if (c == '\n' && read_chunk_head(s)) {
		s->state = IN_BYTES;
	} else {
		stop_at_damage(s, "expected the time and length of a chunk");
	}
}

static void stream_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us)
{
	struct stream *s = state;

	(void)now_us; /* the file has its own times */
	s->p = bytes;
	s->end = n && !s->damage ? bytes + n : bytes;
}

static void stream_set(void *state, const struct decoder_options *options)
{
	struct stream *s = state;

	agent_decoder_set(&s->inner, options);
}

/* An event of the camera. DECODER_MORE with *ret_text: the inner decoder was fed with text. */
static int camera_next_event(struct stream *s, struct event *ret, bool *ret_text)
{
	struct openmv_item item;
	int kind = s->camera ? openmv_listener_next(s->camera, &item) : -ENOMEM;

	*ret_text = kind == OPENMV_TEXT;
	if (kind == OPENMV_TEXT)
		agent_decoder_feed(&s->inner, (const uint8_t *)item.text, item.n_bytes, s->at_us);
	if (kind != OPENMV_EVENT)
		return kind < 0 ? kind : DECODER_MORE;
	*ret = item.event;
	ret->at_us = s->at_us;
	ret->line = s->inner.text.lines.n_ends + 1;
	return DECODER_EVENT;
}

static int stream_next_event(void *state, struct event *ret, struct diag *diag)
{
	struct stream *s = state;

	for (;;) {
		bool text = false;
		int r = agent_decoder_next_event(&s->inner, ret, diag);
		if (r == DECODER_MORE && s->is_camera)
			r = camera_next_event(s, ret, &text);
		if (r == -ENOMEM)
			return diag_set(diag, r, "out of memory");
		if (text)
			continue;
		if (r == DECODER_EVENT && s->ours && ret->kind == EVENT_FAILED)
			continue; /* a question that found no memory is no failure of the program */
		/* The file's time takes precedence over stamps on lines. */
		if (r == DECODER_EVENT && ret->at_us != NOT_KNOWN && s->started_us != NOT_KNOWN)
			date_rfc3339(s->started_us + ret->at_us, ret->time);
		if (r == DECODER_END && s->damage)
			return report_damage(s, diag);
		if (r != DECODER_MORE)
			return r;
		if (s->p == s->end) {
			if (!s->finished)
				return DECODER_MORE;
			agent_decoder_finish(&s->inner);
			continue;
		}
		step(s);
	}
}

static void stream_finish(void *state)
{
	struct stream *s = state;

	s->finished = true;
}

static uint64_t stream_n_frames(const void *state)
{
	const struct stream *s = state;

	return agent_decoder_n_frames(&s->inner);
}

static void stream_deinit(void *state)
{
	struct stream *s = state;

	agent_decoder_deinit(&s->inner);
	if (s->camera)
		openmv_listener_deinit(s->camera);
	free(s->camera);
}

static int stream_probe(const uint8_t *head, size_t n) { return text_starts((const char *)head, n, magic) ? 100 : 0; }

const struct decoder decoder_stream = {
	.name = "stream",
	.summary = "a stream written by --save: a console with its times",
	.state_bytes = sizeof(struct stream),
	.hold_max_bytes = 2 * LINE_MAX_BYTES + 2 * FRAME_HOLD_MAX_BYTES + OPENMV_PACKET_MAX_BYTES +
			  OPENMV_ANSWER_MAX_BYTES + 160,
	.probe = stream_probe,
	.feed = stream_feed,
	.set = stream_set,
	.next_event = stream_next_event,
	.finish = stream_finish,
	.deinit = stream_deinit,
	.n_frames = stream_n_frames,
};
