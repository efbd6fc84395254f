/* Statistics of MicroPython's interned strings. */
#include "memprof/extra.h"

#include "memprof/frame.h"

void memprof_send_qstr(struct memprof_agent *agent, uint32_t at_ms, const struct memprof_qstr *qstr)
{
	memprof_frame_begin(agent, WIRE_QSTR);
	memprof_put_varint(agent, at_ms);
	memprof_put_varint(agent, qstr->n_pools);
	memprof_put_varint(agent, qstr->n_strings);
	memprof_put_varint(agent, qstr->string_bytes);
	memprof_put_varint(agent, qstr->total_bytes);
	memprof_frame_end(agent);
}
