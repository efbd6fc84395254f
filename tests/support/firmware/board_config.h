/* Of the configuration of an OpenMV board what boards/ reads. */
#pragma once

#define OMV_MAIN_MEMORY       DTCM
#define OMV_SB_MEMORY         DRAM
#define OMV_UMA_BLOCK0_MEMORY DRAM
#define OMV_UMA_BLOCK1_MEMORY SRAM0
#define OMV_UMA_BLOCK2_MEMORY DTCM
