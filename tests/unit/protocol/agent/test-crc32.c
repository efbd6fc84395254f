#include "agent/frame_code.h"

#include "agent_tx.h"
#include "unit.h"

static struct crc32 crc;

static int set_up(void **state)
{
	(void)state;
	crc32_init(&crc);
	return 0;
}

UNIT_GROUP(set_up, NULL)

/* The check value of CRC-32/ISO-HDLC (reveng's catalogue). */
UNIT_TEST(the_check_value)
{
	assert_int_equal(crc32_add(&crc, 0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_add(&crc, 0, "", 0), 0);
}

UNIT_TEST(any_length_and_any_cut)
{
	uint8_t bytes[200];
	uint32_t random = 795;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)next_random(&random);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		uint32_t whole = tx_crc(bytes, n);
		assert_int_equal(crc32_add(&crc, 0, bytes, n), whole);
		for (size_t cut = 0; cut <= n; cut += 7)
			assert_int_equal(crc32_add(&crc, crc32_add(&crc, 0, bytes, cut), bytes + cut, n - cut), whole);
	}
}
