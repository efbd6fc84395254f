SRC_USERMOD_C += $(USERMOD_DIR)/mppools.c
CFLAGS_USERMOD += -I$(USERMOD_DIR)/../memprof/include
