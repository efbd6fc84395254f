/* Decoding an agent's stream against memcpy of the same bytes. The agent is the board's own core, its heap a real dump
 * of which a few objects change from one snapshot to the next; with text between, as a console has.
 *
 *     bench-agent SAMPLE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "memprof/agent.h"
#include "memprof/protocol/agent_link.h"
#include "memprof/protocol/decoder.h"

enum { BLOCKS_MAX = 1 << 20, STREAM_BYTES = 16 << 20, TRIES = 5, ROWS_MAX = BLOCKS_MAX / 64 };

static uint8_t kinds[BLOCKS_MAX], table[BLOCKS_MAX / 4];
static uint8_t *stream;
static size_t n_blocks, n_stream;
static uint32_t ticks, state = 795;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* ---- the board ---- */

static bool take_frame(const uint8_t *frame, size_t n_bytes)
{
	memcpy(stream + n_stream, frame, n_bytes);
	n_stream += n_bytes;
	return true;
}

static uint32_t now(void) { return ticks++; }

static bool area(uint32_t i, struct memprof_area *ret)
{
	*ret = (struct memprof_area){ .table = table, .address = 0x20000000, .n_blocks = (uint32_t)n_blocks };
	return i == 0;
}

static uint8_t kind_of(uintptr_t address)
{
	static const uint8_t codes[128] = {
		['T'] = WIRE_TUPLE, ['L'] = WIRE_LIST,  ['D'] = WIRE_DICT,     ['S'] = WIRE_STR,
		['A'] = WIRE_ARRAY, ['F'] = WIRE_FLOAT, ['B'] = WIRE_FUNCTION, ['M'] = WIRE_MODULE
	};
	uint8_t code = codes[kinds[(address - 0x20000000) / 16] & 127];

	return code ? code : WIRE_HEAD;
}

static const struct memprof_port port = {
	.write = take_frame,
	.now_us = now,
	.now_ms = now,
	.area = area,
	.kind = kind_of,
	.block_bytes = 16,
	.abilities = WIRE_CAN_KINDS,
	.firmware = "MicroPython v1.27.0",
};

static void set_block(size_t i, uint8_t kind)
{
	unsigned bits = kind == BLOCK_FREE ? 0 : kind == BLOCK_TAIL ? 2 : 1;

	kinds[i] = kind;
	table[i / 4] = (uint8_t)((table[i / 4] & ~(3u << i % 4 * 2)) | bits << i % 4 * 2);
}

static void read_blocks(const char *name)
{
	const struct decoder *decoder = &decoder_mem_info;
	void *of = calloc(1, decoder->state_bytes);
	FILE *in = fopen(name, "r");
	static uint8_t bytes[1 << 20];
	struct event event;

	if (!in || !of)
		bench_give_up("cannot read", name);
	decoder->feed(of, bytes, fread(bytes, 1, sizeof(bytes), in), NOT_KNOWN);
	n_blocks = 0;
	while (decoder->next_event(of, &event, NULL) == DECODER_EVENT) {
		if (event.kind != EVENT_SNAPSHOT || event.snapshot.heap->pools[0].n_areas == 0)
			continue;
		const struct heap_area *first = &event.snapshot.heap->pools[0].areas[0];
		n_blocks = MIN(first->n_blocks, (uint32_t)BLOCKS_MAX);
		for (size_t i = 0; i < n_blocks; i++)
			set_block(i, first->kinds[i]);
		break;
	}
	fclose(in);
	decoder->deinit(of);
	free(of);
	if (n_blocks == 0)
		bench_give_up("no blocks in", name);
}

static uint64_t make_stream(bool keys)
{
	static struct memprof_agent agent;
	static uint16_t rows[ROWS_MAX];
	uint64_t n_snapshots = 0;

	n_stream = 0;
	memset(rows, 0, sizeof(rows));
	memprof_start(&agent, &port, 1, rows, ROWS_MAX);
	for (; n_stream < STREAM_BYTES - n_blocks - (1 << 20); n_snapshots++) {
		for (int n = 0; n < 20; n++) {
			size_t at = next_random() % n_blocks;
			if (kinds[at] != BLOCK_TAIL)
				set_block(at, kinds[at] == BLOCK_FREE ? (uint8_t)BLOCK_STR : (uint8_t)BLOCK_FREE);
		}
		memprof_snapshot(&agent, keys);
		take_frame((const uint8_t *)"temperature 21.5\r\n", 18);
	}
	return n_snapshots;
}

/* ---- the host ---- */

/* By CPU time: copying takes so short a time that nothing else is likely to run meanwhile, decoding does not. */
static double decode_s(uint64_t n_expected)
{
	double start = bench_cpu_s();
	struct agent_link *link = agent_link_new(false);
	struct agent_link_counts counts;
	struct agent_item item;

	if (!link)
		bench_give_up("no memory", "");
	for (size_t at = 0, n; at < n_stream; at += n) {
		n = MIN(n_stream - at, (size_t)65536);
		agent_link_feed(link, stream + at, n, NOT_KNOWN);
		while (agent_link_next(link, &item) != AGENT_MORE)
			;
	}
	agent_link_count(link, &counts);
	agent_link_free(link);
	double took = bench_cpu_s() - start;
	if (counts.n_snapshots != n_expected || counts.n_lost > 0)
		bench_give_up("not every snapshot was decoded", "");
	return took;
}

static double copy_s(uint8_t *copy)
{
	double start = bench_cpu_s();

	memcpy(copy, stream, n_stream);
	__asm__ volatile("" : : "r"(copy) : "memory"); /* somebody may read it */
	return bench_cpu_s() - start;
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	uint8_t *copy = malloc(STREAM_BYTES);

	stream = malloc(STREAM_BYTES);
	if (!stream || !copy)
		bench_give_up("no memory", "");
	memset(copy, 1, STREAM_BYTES);
	printf("decoding %d MB of an agent's stream / memcpy of it\n", STREAM_BYTES >> 20);
	for (int k = 1; k < argc; k++) {
		const char *name = strrchr(argv[k], '/');
		for (int keys = 0; keys < 2; keys++) {
			double best_copy_s = 1e9, best_decode_s = 1e9;
			read_blocks(argv[k]);
			uint64_t n_snapshots = make_stream(keys);
			for (int i = 0; i < TRIES; i++) {
				best_copy_s = MIN(best_copy_s, copy_s(copy));
				best_decode_s = MIN(best_decode_s, decode_s(n_snapshots));
			}
			/* With each snapshot goes a heap of thousands of blocks, however few bytes brought it. */
			bench_row(best_decode_s / best_copy_s, keys ? 50 : 70, "x",
				  "  %s, %s (%.0f / %.0f MB/s, %.0f B a snapshot)", name ? name + 1 : argv[k],
				  keys ? "whole" : "changes", (double)n_stream / best_decode_s / 1e6,
				  (double)n_stream / best_copy_s / 1e6, (double)n_stream / (double)n_snapshots);
		}
	}
	free(stream);
	free(copy);
	return bench_end();
}
