#include "line.h"

#include "memprof/base/number.h"
#include "memprof/wire.h"

void sim_line_init(struct sim_line *line, const struct sim_faults *faults, uint32_t seed)
{
	line->faults = faults;
	line->random = seed * 2246822519u | 1;
	line->first = line->n_held = 0;
	line->make_room = NULL;
	line->ctx = NULL;
}

static bool fault_occurs(struct sim_line *line, uint32_t in_a_million)
{
	if (in_a_million == 0)
		return false;
	line->random ^= line->random << 13;
	line->random ^= line->random >> 17;
	line->random ^= line->random << 5;
	return line->random % 1000000 < in_a_million;
}

static void hold(struct sim_line *line, uint8_t byte)
{
	line->held[(line->first + line->n_held++) % SIM_LINE_BYTES] = byte;
}

static void carry(struct sim_line *line, const uint8_t *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		if (fault_occurs(line, line->faults->dropped_bytes))
			continue;
		bool flipped = fault_occurs(line, line->faults->flipped_bytes);
		hold(line, flipped ? bytes[i] ^ (uint8_t)(1u << line->random % 8) : bytes[i]);
	}
}

bool sim_line_write(void *ctx, const void *bytes, size_t n_bytes, bool is_frame)
{
	struct sim_line *line = ctx;
	size_t n_room = n_bytes + (is_frame ? WIRE_FRAME_MAX_BYTES : 0); /* it may be repeated */

	while (SIM_LINE_BYTES - line->n_held < n_room)
		if (!line->make_room || !line->make_room(line->ctx))
			return false;
	carry(line, bytes, n_bytes);
	if (is_frame && fault_occurs(line, line->faults->repeated_frames))
		carry(line, bytes, n_bytes);
	return true;
}

const uint8_t *sim_line_next(const struct sim_line *line, size_t *ret_n)
{
	*ret_n = MIN(line->n_held, SIM_LINE_BYTES - line->first);
	return line->held + line->first;
}

void sim_line_sent(struct sim_line *line, size_t n_bytes)
{
	line->first = (line->first + n_bytes) % SIM_LINE_BYTES;
	line->n_held -= n_bytes;
}
