#include "agent/order.h"

#include "unit.h"

static uint32_t n_lost;

static enum agent_turn take(struct agent_order *o, uint8_t session, uint16_t sequence)
{
	return agent_order_take(o, session, sequence, false, &n_lost);
}

static void one_after_the_other(void **state)
{
	struct agent_order o = { 0 };

	(void)state;
	assert_int_equal(take(&o, 5, 65000), TURN_BEGINS); /* listening begins in the middle */
	assert_int_equal(n_lost, 0);
	for (uint32_t i = 65001; i < 140000; i++) {
		assert_int_equal(take(&o, 5, (uint16_t)i), TURN_NEXT);
		assert_int_equal(n_lost, 0);
	}
}

static void gaps_repeats_and_what_comes_late(void **state)
{
	struct agent_order o = { 0 };

	(void)state;
	take(&o, 5, 65530);
	assert_int_equal(take(&o, 5, 65530), TURN_REPEATED);
	assert_int_equal(take(&o, 5, 65529), TURN_REPEATED); /* before the first: of no interest */
	assert_int_equal(take(&o, 5, 4), TURN_NEXT);
	assert_int_equal(n_lost, 9);
	assert_int_equal(take(&o, 5, 65533), TURN_LATE);
	assert_int_equal(take(&o, 5, 65533), TURN_REPEATED);
	assert_int_equal(take(&o, 5, 4), TURN_REPEATED);
	assert_int_equal(take(&o, 5, 3), TURN_LATE);
	assert_int_equal(take(&o, 5, 66), TURN_NEXT);
	assert_int_equal(n_lost, 61);
	assert_int_equal(take(&o, 5, 2), TURN_LATE);     /* 64 back */
	assert_int_equal(take(&o, 5, 1), TURN_REPEATED); /* nobody can tell */
	assert_int_equal(take(&o, 5, 130), TURN_NEXT);
	assert_int_equal(take(&o, 5, 66), TURN_REPEATED);
	assert_int_equal(take(&o, 5, 67), TURN_LATE);
	assert_int_equal(take(&o, 5, 1000), TURN_NEXT);
	assert_int_equal(take(&o, 5, 999), TURN_LATE);
	assert_int_equal(take(&o, 5, 936), TURN_LATE);
	assert_int_equal(take(&o, 5, 935), TURN_REPEATED);
}

static void sessions(void **state)
{
	struct agent_order o = { 0 };

	(void)state;
	take(&o, 5, 100);
	assert_int_equal(take(&o, 6, 3), TURN_BEGINS);
	assert_int_equal(n_lost, 3);
	assert_int_equal(take(&o, 5, 100), TURN_REPEATED); /* of the one before, once more */
	assert_int_equal(take(&o, 5, 90), TURN_REPEATED);
	assert_int_equal(take(&o, 6, 4), TURN_NEXT);
	assert_int_equal(take(&o, 5, 102), TURN_BEGINS); /* it goes on after all */
	assert_int_equal(n_lost, 1);
	assert_int_equal(agent_order_take(&o, 5, 40, true, &n_lost), TURN_REPEATED);
	assert_int_equal(take(&o, 5, 0), TURN_REPEATED);
	assert_int_equal(agent_order_take(&o, 5, 0, true, &n_lost), TURN_BEGINS); /* a HELLO so old is a new one */
	assert_int_equal(take(&o, 5, 1), TURN_NEXT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(gaps_repeats_and_what_comes_late),
		cmocka_unit_test(sessions),
	};

	return RUN(tests);
}
