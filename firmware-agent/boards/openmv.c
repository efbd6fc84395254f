/* The pools of an OpenMV camera: those of its umalloc (common/umalloc.c), the frame buffer and the stream buffer
 * (lib/imlib/framebuffer.c; openmv/openmv cbbb877, after v5.0.0). Copy it into OpenMV's modules/, link or copy
 * firmware-agent/ into OpenMV's top folder, and build with MEMPROF_POOLS='tlsf fixed'.
 *
 * The board's own board_config.h defines how many pools there are and in which memory each lies: the first is the one
 * for whatever has no wish of its own, the others are faster. Areas of the GC heap need nothing here: MEMPROF_MEMORIES
 * (ports/micropython/memprof_mpconfig.h) tells where each lies. */
#include "memprof/board_pools.h"

#include "board_config.h"
#include "framebuffer.h"
#include "tlsf.h"
#include "umalloc.h"

/* The memories that boards/ have. */
enum {
	KIND_DDR = WIRE_MEMORY_SDRAM,
	KIND_DRAM = WIRE_MEMORY_SDRAM,
	KIND_DTCM = WIRE_MEMORY_TCM,
	KIND_ITCM = WIRE_MEMORY_TCM,
	KIND_OCRM1 = WIRE_MEMORY_SRAM,
	KIND_OCRM2 = WIRE_MEMORY_SRAM,
	KIND_PSRAM = WIRE_MEMORY_PSRAM,
	KIND_RAM = WIRE_MEMORY_SRAM,
	KIND_SRAM = WIRE_MEMORY_SRAM,
	KIND_SRAM0 = WIRE_MEMORY_SRAM,
	KIND_SRAM1 = WIRE_MEMORY_SRAM,
	KIND_SRAM2 = WIRE_MEMORY_SRAM,
	KIND_SRAM3 = WIRE_MEMORY_SRAM,
	KIND_SRAM4 = WIRE_MEMORY_SRAM,
	KIND_SRAM6_A = WIRE_MEMORY_SRAM,
	KIND_SRAM6_B = WIRE_MEMORY_SRAM,
	KIND_SRAM8 = WIRE_MEMORY_SRAM,
	KIND_SRAM9_A = WIRE_MEMORY_SRAM,
	KIND_SRAM9_B = WIRE_MEMORY_SRAM,
};
#define KIND_(memory) KIND_##memory
#define KIND(memory)  KIND_(memory)
#define TEXT_(memory) #memory
#define TEXT(memory)  TEXT_(memory)

/* As in common/common.ld.S. */
#ifdef OMV_SB_MEMORY
#define STREAM_MEMORY OMV_SB_MEMORY
#elif defined(OMV_DMA_MEMORY)
#define STREAM_MEMORY OMV_DMA_MEMORY
#else
#define STREAM_MEMORY OMV_MAIN_MEMORY
#endif

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

static bool buffer_where(size_t id, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const framebuffer_t *fb = framebuffer_get(id);

	if (!fb || !fb->raw_base)
		return false;
	*ret_address = (uintptr_t)fb->raw_base;
	*ret_n_bytes = fb->raw_size;
	return true;
}

/* The frame buffer is a block of the first pool, and counts there too: there is none before the camera is set up. */
static bool frames_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	return buffer_where(FB_MAINFB_ID, ret_address, ret_n_bytes);
}

static uintptr_t frames_used(const struct memprof_pool *pool)
{
	framebuffer_t *fb = framebuffer_get(FB_MAINFB_ID);

	(void)pool;
	return (uintptr_t)(framebuffer_pool_end(fb) - fb->raw_base);
}

static bool stream_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	return buffer_where(FB_STREAM_ID, ret_address, ret_n_bytes);
}

/* It has no frames in queues, but the last picture for the IDE behind a header. */
static uintptr_t stream_used(const struct memprof_pool *pool)
{
	image_t picture;
	size_t n_bytes;

	(void)pool;
	framebuffer_to_image(framebuffer_get(FB_STREAM_ID), &picture);
	n_bytes = image_size(&picture);
	return n_bytes ? sizeof(framebuffer_header_t) + n_bytes : 0;
}

/* A granule is what one code of a block table stands for: 8 MiB by 256 bytes are 16 kB of table at most. */
#define UMA_POOL(id, number, memory, granule) \
	MEMPROF_POOL_UMA(id, "uma." #number " " TEXT(memory), KIND(memory), uma_where, uma_peak, granule)

UMA_POOL(uma_0, 0, OMV_UMA_BLOCK0_MEMORY, 256);
#ifdef OMV_UMA_BLOCK1_MEMORY
UMA_POOL(uma_1, 1, OMV_UMA_BLOCK1_MEMORY, 64);
#endif
#ifdef OMV_UMA_BLOCK2_MEMORY
UMA_POOL(uma_2, 2, OMV_UMA_BLOCK2_MEMORY, 64);
#endif
#ifdef OMV_UMA_BLOCK3_MEMORY
UMA_POOL(uma_3, 3, OMV_UMA_BLOCK3_MEMORY, 64);
#endif
MEMPROF_POOL_FIXED(frames, "frame buffer", KIND(OMV_UMA_BLOCK0_MEMORY), frames_where, frames_used);
MEMPROF_POOL_FIXED(stream, "stream buffer", KIND(STREAM_MEMORY), stream_where, stream_used);

/* Those of umalloc come first, in their order. */
const struct memprof_pool *const memprof_board_pools[] = {
	&uma_0,
#ifdef OMV_UMA_BLOCK1_MEMORY
	&uma_1,
#endif
#ifdef OMV_UMA_BLOCK2_MEMORY
	&uma_2,
#endif
#ifdef OMV_UMA_BLOCK3_MEMORY
	&uma_3,
#endif
	&frames, &stream,
};
const uint8_t memprof_n_board_pools = sizeof(memprof_board_pools) / sizeof(memprof_board_pools[0]);
