/* The pools of an OpenMV camera: those of its umalloc (common/umalloc.c, 07b2193), the frame buffer and the stream
 * buffer (lib/imlib/framebuffer.h, 0406243). Copy it beside the board's own files and compile it into the firmware,
 * and the agent with MEMPROF_POOLS='tlsf fixed'.
 *
 * The kinds of memory are those of a board with DTCM, SRAM and SDRAM, whose linker tables name the pools in this
 * order. Areas of the GC heap need nothing here: MEMPROF_MEMORIES (ports/micropython/memprof_mpconfig.h) tells where
 * each lies. */
#include "memprof/board_pools.h"

#include "framebuffer.h"
#include "tlsf.h"
#include "umalloc.h"

enum { N_UMA = 3, FRAME_BUFFER = 0, STREAM_BUFFER };

static int index_of(const struct memprof_pool *pool)
{
	int i = 0;

	while (memprof_board_pools[i] != pool)
		i++;
	return i;
}

/* base is that of the memory: the blocks lie behind the allocator's own structure. Pools of scratch memory are made
 * anew at any time, and must not be walked. */
static bool uma_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const uma_pool_t *uma = uma_pool_get(index_of(pool));

	if (!uma || !uma->tlsf || (uma->flags & UMA_TRANSIENT))
		return false;
	*ret_address = (uintptr_t)tlsf_get_pool(uma->tlsf);
	*ret_n_bytes = uma->end - *ret_address;
	return true;
}

static uintptr_t uma_peak(const struct memprof_pool *pool)
{
	const uma_pool_t *uma = uma_pool_get(index_of(pool));

	return uma ? uma->peak : 0;
}

static bool frames_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const framebuffer_t *fb = framebuffer_get((size_t)(index_of(pool) - N_UMA));

	if (!fb || !fb->raw_base)
		return false;
	*ret_address = (uintptr_t)fb->raw_base;
	*ret_n_bytes = fb->raw_size;
	return true;
}

static uintptr_t frames_used(const struct memprof_pool *pool)
{
	framebuffer_t *fb = framebuffer_get((size_t)(index_of(pool) - N_UMA));

	return fb ? (uintptr_t)(framebuffer_pool_end(fb) - fb->raw_base) : 0;
}

MEMPROF_POOL_UMA(fast_pool, "uma DTCM", WIRE_MEMORY_TCM, uma_where, uma_peak, 64);
MEMPROF_POOL_UMA(sram_pool, "uma SRAM", WIRE_MEMORY_SRAM, uma_where, uma_peak, 64);
MEMPROF_POOL_UMA(sdram_pool, "uma SDRAM", WIRE_MEMORY_SDRAM, uma_where, uma_peak, 256);
MEMPROF_POOL_FIXED(frames_pool, "frame buffer", WIRE_MEMORY_SDRAM, frames_where, frames_used);
MEMPROF_POOL_FIXED(stream_pool, "stream buffer", WIRE_MEMORY_SRAM, frames_where, frames_used);

const struct memprof_pool *const memprof_board_pools[] = {
	&fast_pool,
	&sram_pool,
	&sdram_pool,
	[N_UMA + FRAME_BUFFER] = &frames_pool,
	[N_UMA + STREAM_BUFFER] = &stream_pool,
};
const uint8_t memprof_n_board_pools = sizeof(memprof_board_pools) / sizeof(memprof_board_pools[0]);
