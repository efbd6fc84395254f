/* The agent's port to the simulated board. */
#pragma once

#include "board.h"

/* Fills board->port, agent_pools and requests, and makes this board the one that the port serves. */
void sim_port_attach(struct sim_board *board);
