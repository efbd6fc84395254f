/* The port: what the agent's core needs of this firmware, and its calls. */
#include "agent_port.h"

#include "board.h"
#include "memprof/agent.h"
#include "memprof/extra.h"
#include "memprof/pool.h"

enum { PERIOD_MS = 1000, SILENCE_MS = 50, NOTE_HEAD_BYTES = 16, BUILD_ID_BYTES = 20 };

static struct memprof_agent agent;
static struct memprof_pool_list list = { .pools = agent_pools, .n_pools = N_POOLS, .first_id = 1, .tables_every = 1 };
/* Not zeroed at a reset (mps2.ld), so that each start has another one. */
static uint8_t session __attribute__((section(".noinit")));

static void port_stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	char here;

	*ret_used = (uint32_t)(stack_end - &here);
	*ret_limit = (uint32_t)(stack_end - stack_begin);
}

static bool port_send_pools(bool with_descriptions) { return memprof_send_pools(&agent, &list, with_descriptions); }

static const struct memprof_port port = {
	.write = uart_write,
	.now_us = now_us,
	.now_ms = now_ms,
	.area = memprof_no_area,
	.stack = port_stack,
	.send_pools = port_send_pools,
	.block_bytes = 0,
	.abilities = WIRE_REPORTS_FAILED | WIRE_TAKES_REQUESTS | WIRE_CAN_READ | WIRE_CAN_POOLS,
	.firmware = "sensor node 1.0",
	.machine = "MPS2 AN385",
	.build_id = build_id_note + NOTE_HEAD_BYTES,
	.n_build_id = BUILD_ID_BYTES,
};

/* All RAM: reading it has no effect, unlike reading a register of the UART. */
static struct memprof_range readable[1];
static struct memprof_requests requests = { .agent = &agent, .readable = readable, .n_readable = 1 };
static uint32_t last_byte_ms;

void agent_start(void)
{
	readable[0] = (struct memprof_range){ (uintptr_t)ram_begin, (uintptr_t)(ram_end - ram_begin) };
	memprof_start(&agent, &port, ++session, NULL, 0);
	memprof_period(&agent, PERIOD_MS);
}

void agent_poll(void)
{
	if (now_ms() - last_byte_ms >= SILENCE_MS)
		memprof_requests_silence(&requests);
	memprof_poll(&agent);
}

bool agent_takes(uint8_t byte)
{
	last_byte_ms = now_ms();
	return memprof_requests_feed(&requests, byte);
}

void agent_snapshot(void) { memprof_snapshot(&agent, true); }

void agent_failed(uint8_t pool, size_t n_bytes) { memprof_failed(&agent, now_ms(), pool, n_bytes); }

void agent_recovered(uint8_t pool, size_t n_bytes) { memprof_recovered(&agent, now_ms(), pool, n_bytes); }
