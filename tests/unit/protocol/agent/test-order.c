#include "agent/order.h"

#include "unit.h"

static uint32_t n_lost;

static enum agent_order_result take(struct agent_order *o, uint8_t session, uint16_t sequence)
{
	return agent_order_check(o, session, sequence, false, &n_lost);
}

UNIT_TEST(one_after_the_other)
{
	struct agent_order o = { 0 };

	assert_int_equal(take(&o, 5, 65000), ORDER_BEGINS); /* listening begins in the middle */
	assert_int_equal(n_lost, 0);
	for (uint32_t i = 65001; i < 140000; i++) {
		assert_int_equal(take(&o, 5, (uint16_t)i), ORDER_NEXT);
		assert_int_equal(n_lost, 0);
	}
}

UNIT_TEST(gaps_repeats_and_what_comes_late)
{
	struct agent_order o = { 0 };

	take(&o, 5, 65530);
	assert_int_equal(take(&o, 5, 65530), ORDER_REPEATED);
	assert_int_equal(take(&o, 5, 65529), ORDER_REPEATED); /* before the first: of no interest */
	assert_int_equal(take(&o, 5, 4), ORDER_NEXT);
	assert_int_equal(n_lost, 9);
	assert_int_equal(take(&o, 5, 65533), ORDER_LATE);
	assert_int_equal(take(&o, 5, 65533), ORDER_REPEATED);
	assert_int_equal(take(&o, 5, 4), ORDER_REPEATED);
	assert_int_equal(take(&o, 5, 3), ORDER_LATE);
	assert_int_equal(take(&o, 5, 66), ORDER_NEXT);
	assert_int_equal(n_lost, 61);
	assert_int_equal(take(&o, 5, 2), ORDER_LATE);     /* 64 back */
	assert_int_equal(take(&o, 5, 1), ORDER_REPEATED); /* undecidable */
	assert_int_equal(take(&o, 5, 130), ORDER_NEXT);
	assert_int_equal(take(&o, 5, 66), ORDER_REPEATED);
	assert_int_equal(take(&o, 5, 67), ORDER_LATE);
	assert_int_equal(take(&o, 5, 1000), ORDER_NEXT);
	assert_int_equal(take(&o, 5, 999), ORDER_LATE);
	assert_int_equal(take(&o, 5, 936), ORDER_LATE);
	assert_int_equal(take(&o, 5, 935), ORDER_REPEATED);
}

UNIT_TEST(sessions)
{
	struct agent_order o = { 0 };

	take(&o, 5, 100);
	assert_int_equal(take(&o, 6, 3), ORDER_BEGINS);
	assert_int_equal(n_lost, 3);
	assert_int_equal(take(&o, 5, 100), ORDER_REPEATED); /* of the one before, once more */
	assert_int_equal(take(&o, 5, 90), ORDER_REPEATED);
	assert_int_equal(take(&o, 6, 4), ORDER_NEXT);
	assert_int_equal(take(&o, 5, 102), ORDER_BEGINS); /* it goes on after all */
	assert_int_equal(n_lost, 1);
	assert_int_equal(agent_order_check(&o, 5, 40, true, &n_lost), ORDER_REPEATED);
	assert_int_equal(take(&o, 5, 0), ORDER_REPEATED);
	assert_int_equal(agent_order_check(&o, 5, 0, true, &n_lost), ORDER_BEGINS); /* a HELLO so old is a new one */
	assert_int_equal(take(&o, 5, 1), ORDER_NEXT);
}
