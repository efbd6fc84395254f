#include "agent/order.h"

#include "memprof/wire.h"

static enum agent_order_result restart_sequence(struct agent_order *o, uint8_t session, uint16_t sequence,
						uint32_t *ret_n_lost)
{
	*ret_n_lost = o->now.known ? sequence : 0;
	if (o->now.known && o->now.session != session)
		o->before = o->now;
	o->now = (struct agent_sequence){ true, session, sequence, UINT64_MAX };
	return ORDER_BEGINS;
}

/* Number of frames between the last one and this one; -1: the last one again. */
static int32_t ahead_of(const struct agent_sequence *s, uint16_t sequence)
{
	return (int16_t)(uint16_t)(sequence - s->last) - 1;
}

static bool was_received(const struct agent_sequence *s, int32_t ahead)
{
	int32_t i = -2 - ahead;

	return i < 0 || i >= WIRE_WINDOW_FRAMES || (s->received >> i & 1);
}

enum agent_order_result agent_order_check(struct agent_order *o, uint8_t session, uint16_t sequence, bool hello,
					  uint32_t *ret_n_lost)
{
	struct agent_sequence *s = &o->now;
	int32_t ahead = ahead_of(s, sequence);

	*ret_n_lost = 0;
	if (!s->known || s->session != session) {
		bool again = o->before.known && o->before.session == session;
		ahead = ahead_of(&o->before, sequence);
		if (again && ahead < 0 && !(hello && ahead < -1 - WIRE_WINDOW_FRAMES))
			return ORDER_REPEATED;
		restart_sequence(o, session, sequence, ret_n_lost);
		if (again && ahead >= 0) /* continues the session before */
			*ret_n_lost = (uint32_t)ahead;
		return ORDER_BEGINS;
	}
	if (ahead >= 0) {
		uint64_t shifted = ahead < 63 ? s->received << (ahead + 1) : 0;
		s->received = ahead < 64 ? shifted | UINT64_C(1) << ahead : 0;
		s->last = sequence;
		*ret_n_lost = (uint32_t)ahead;
		return ORDER_NEXT;
	}
	if (ahead < -1 - WIRE_WINDOW_FRAMES && hello)
		return restart_sequence(o, session, sequence, ret_n_lost);
	if (was_received(s, ahead))
		return ORDER_REPEATED;
	s->received |= UINT64_C(1) << (-2 - ahead);
	return ORDER_LATE;
}
