#include "agent_board.h"

#include "unit.h"

struct board board;

static bool take_frame(const uint8_t *frame, size_t n_bytes)
{
	uint64_t i = board.n_writes++;

	board.now_us += board.write_us;
	if (i >= board.refuse_from && i < board.refuse_to)
		return false;
	wire_rx_frame(&board.rx, frame, n_bytes);
	return true;
}

static uint32_t now_us(void) { return board.now_us += board.step_us; }

static uint32_t now_ms(void) { return board.now_us / 1000; }

static bool nth_area(uint32_t i, struct memprof_area *ret)
{
	if (i >= board.n_areas)
		return false;
	*ret = board.areas[i].area;
	return true;
}

static uint8_t kind_of(uintptr_t address)
{
	for (uint32_t i = 0; i < board.n_areas; i++) {
		const struct memprof_area *area = &board.areas[i].area;
		uintptr_t offset = address - area->address;

		if (offset / BOARD_BLOCK_BYTES >= area->n_blocks)
			continue;
		assert_int_equal(offset % BOARD_BLOCK_BYTES, 0);
		assert_int_equal(
			board.areas[i].table[offset / BOARD_BLOCK_BYTES / 4] >> offset / BOARD_BLOCK_BYTES % 4 * 2 & 3,
			1);
		return board.areas[i].kinds[offset / BOARD_BLOCK_BYTES];
	}
	fail_msg("the kind of an address outside the heap was asked for");
	return 0;
}

static void stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	*ret_used = board.stack_used;
	*ret_limit = board.stack_limit;
}

static bool send_pools(bool with_descriptions)
{
	board.n_pool_sends++;
	board.n_descriptions += with_descriptions;
	return true;
}

struct memprof_port board_port;

void board_reset(void)
{
	wire_rx_deinit(&board.rx);
	board.n_areas = 0;
	board.n_writes = board.n_pool_sends = board.n_descriptions = 0;
	board.now_us = board.step_us = board.write_us = 0;
	board.stack_used = board.stack_limit = 0;
	board.refuse_from = board.refuse_to = UINT64_MAX;
	wire_rx_init(&board.rx);
	board_port = (struct memprof_port){
		.write = take_frame,
		.now_us = now_us,
		.now_ms = now_ms,
		.area = nth_area,
		.kind = kind_of,
		.stack = stack,
		.send_pools = send_pools,
		.block_bytes = BOARD_BLOCK_BYTES,
		.abilities = WIRE_CAN_KINDS | WIRE_CAN_FINALISERS,
	};
}

void board_area(uint32_t i, uintptr_t address, uint32_t n_blocks)
{
	struct board_area *of = &board.areas[i];

	assert_true(i < BOARD_MAX_AREAS && n_blocks <= BOARD_MAX_BLOCKS && n_blocks % 4 == 0);
	if (i >= board.n_areas)
		board.n_areas = i + 1;
	memset(of, 0, sizeof(*of));
	of->area = (struct memprof_area){ of->table, of->finalisers, address, n_blocks, WIRE_MEMORY_SRAM };
}

void board_set(uint32_t i, uint32_t block, uint8_t code)
{
	static const uint8_t bits[] = { [WIRE_FREE] = 0, [WIRE_TAIL] = 2, [WIRE_MARKED] = 3 };
	struct board_area *of = &board.areas[i];
	unsigned value = code == WIRE_HEAD || code > WIRE_MARKED ? 1 : bits[code];
	unsigned shift = block % 4 * 2;

	assert_true(block < of->area.n_blocks);
	of->codes[block] = code;
	of->kinds[block] = code;
	of->table[block / 4] = (uint8_t)((of->table[block / 4] & ~(3u << shift)) | value << shift);
	of->finalisers[block / 8] = (uint8_t)((of->finalisers[block / 8] & ~(1u << block % 8)) |
					      (unsigned)(code == WIRE_FINALISER) << block % 8);
}

void board_text(uint32_t i, uint32_t block, const char *letters)
{
	static const char of_code[] = ".=hmTLDSAFBMf";

	for (; *letters; letters++) {
		const char *at = strchr(of_code, *letters);

		assert_non_null(at);
		board_set(i, block++, (uint8_t)(at - of_code));
	}
}

void board_fill(uint32_t i, uint32_t *random, uint32_t fill)
{
	uint32_t n_blocks = board.areas[i].area.n_blocks, block = 0;

	while (block < n_blocks) {
		uint32_t n = next_random(random) % 64 ? 1 + next_random(random) % 4 : next_random(random) % 700;
		bool used = (next_random(random) & 255) < fill;

		for (uint32_t k = 0; k < n && block < n_blocks; k++, block++) {
			uint8_t head = (uint8_t)(WIRE_HEAD + next_random(random) % (WIRE_N_CODES - WIRE_HEAD));

			board_set(i, block, !used ? (uint8_t)WIRE_FREE : k ? (uint8_t)WIRE_TAIL : head);
		}
	}
}

void board_check(void)
{
	const struct wire_table *table = &board.rx.tables[0];

	assert_true(table->shown);
	assert_int_equal(table->n_areas, board.n_areas);
	for (uint32_t i = 0; i < board.n_areas; i++) {
		assert_int_equal(table->areas[i].address, board.areas[i].area.address);
		assert_int_equal(table->areas[i].n_blocks, board.areas[i].area.n_blocks);
		assert_memory_equal(table->areas[i].codes, board.areas[i].codes, board.areas[i].area.n_blocks);
	}
}

void board_tear_down(void)
{
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}
