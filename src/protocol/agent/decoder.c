/* agent_link decodes the frames, mem_info the text between them. */
#include "agent/decoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/link_private.h"
#include "memprof/base/number.h"

void agent_decoder_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us)
{
	struct agent_decoder *d = state;

	if (!d->link)
		d->link = agent_link_new(false);
	d->failed |= !d->link;
	d->now_us = now_us == NOT_KNOWN ? now_us : MAX(now_us, d->at_us);
	if (d->link && now_us != NOT_KNOWN) /* replays a silence before the feed */
		agent_link_tick(d->link, now_us);
	d->waiting = bytes;
	d->n_waiting = n;
}

void agent_decoder_set(void *state, const struct decoder_options *options)
{
	struct agent_decoder *d = state;

	mem_info_set(&d->text, options);
}

static int next_item(struct agent_decoder *d, struct agent_item *ret)
{
	int answer = d->link ? agent_link_next(d->link, ret) : AGENT_MORE;

	if (answer != AGENT_MORE || d->n_waiting == 0 || !d->link)
		return answer;
	agent_link_feed(d->link, d->waiting, d->n_waiting, d->now_us);
	d->n_waiting = 0;
	return agent_link_next(d->link, ret);
}

/* A reset may show both in text and in frames: the second one, without figures in between, is dropped. */
static bool is_repeated_reset(struct agent_decoder *d, const struct event *event)
{
	bool repeated = event->kind == EVENT_RESET && !d->has_figures;

	if (event->kind == EVENT_RESET)
		d->has_figures = false;
	d->has_figures |= event->kind == EVENT_SNAPSHOT || event->kind == EVENT_SAMPLE || event->kind == EVENT_POOL;
	return repeated;
}

/* In a file, times are those of the board's clock once it is known; stamps keep their text. */
static void set_time(const struct agent_decoder *d, struct event *ret)
{
	if (d->now_us != NOT_KNOWN || !d->link || !agent_link_heard(d->link))
		return;
	ret->at_us = d->at_us;
	ret->clock_fell = false;
}

static int next_text_event(struct agent_decoder *d, struct event *ret, struct diag *diag)
{
	int answer;

	do {
		answer = mem_info_next_event(&d->text, ret, diag);
	} while (answer == DECODER_EVENT && is_repeated_reset(d, ret));
	if (answer == DECODER_EVENT)
		set_time(d, ret);
	return answer;
}

int agent_decoder_next_event(void *state, struct event *ret, struct diag *diag)
{
	struct agent_decoder *d = state;

	for (;;) {
		int answer = d->item_waits ? DECODER_MORE : next_text_event(d, ret, diag);
		if (answer != DECODER_MORE)
			return answer;
		answer = d->item_waits ? AGENT_EVENT : next_item(d, &d->item);
		if (answer < 0 || d->failed)
			return diag_set(diag, -ENOMEM, "out of memory");
		if (answer == AGENT_EVENT) { /* the figures of the text before it come first */
			d->item_waits = !d->item_waits && mem_info_end_moment(&d->text, ret);
			if (d->item_waits) {
				d->has_figures = true;
				set_time(d, ret);
				return DECODER_EVENT;
			}
		}
		if (answer == AGENT_TEXT) {
			d->text.has_agent = agent_link_heard(d->link);
			mem_info_feed(&d->text, (const uint8_t *)d->item.text, d->item.n_bytes, d->now_us);
		} else if (answer == AGENT_EVENT && !is_repeated_reset(d, &d->item.event)) {
			d->at_us = d->item.event.at_us;
			*ret = d->item.event;
			ret->line = d->text.lines.n_ends + 1;
			return DECODER_EVENT;
		} else if (answer == AGENT_MORE) {
			if (!d->finished)
				return DECODER_MORE;
			mem_info_finish(&d->text);
		}
	}
}

void agent_decoder_finish(void *state)
{
	struct agent_decoder *d = state;

	d->finished = true;
	if (d->link)
		agent_link_finish(d->link);
}

void agent_decoder_deinit(void *state)
{
	struct agent_decoder *d = state;

	mem_info_deinit(&d->text);
	agent_link_free(d->link);
	d->link = NULL;
}

uint64_t agent_decoder_n_frames(const void *state)
{
	const struct agent_decoder *d = state;
	struct agent_link_counts counts = { 0 };

	if (d->link)
		agent_link_count(d->link, &counts);
	return counts.n_frames;
}

static int agent_probe(const uint8_t *head, size_t n)
{
	struct {
		struct crc32 crc;
		struct frame_finder finder;
	} * p;
	struct finder_item found;
	int answer = FINDER_MORE;

	if (!memchr(head, 0, n) && !memchr(head, WIRE_TEXT_END[0], n))
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return 0;
	crc32_init(&p->crc);
	p->finder.crc = &p->crc;
	frame_finder_feed(&p->finder, head, n);
	do {
		answer = frame_finder_next(&p->finder, &found);
	} while (answer == FINDER_TEXT);
	free(p);
	return answer == FINDER_FRAME ? 95 : 0;
}

const struct decoder decoder_agent = {
	.name = AGENT_FORMAT,
	.summary = "frames of an agent in the firmware, in any console log",
	.state_bytes = sizeof(struct agent_decoder),
	.hold_max_bytes = 2 * LINE_MAX_BYTES + 2 * FRAME_HOLD_MAX_BYTES,
	.probe = agent_probe,
	.feed = agent_decoder_feed,
	.set = agent_decoder_set,
	.next_event = agent_decoder_next_event,
	.finish = agent_decoder_finish,
	.deinit = agent_decoder_deinit,
	.n_frames = agent_decoder_n_frames,
};
