/* plumbline.h - the whole public contract
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_PLUMBLINE_H
#define PLUMBLINE_PLUMBLINE_H
#include "plumbline/box.h"
#include "plumbline/check.h"
#include "plumbline/descent.h"
#include "plumbline/experiment.h"
#include "plumbline/formula.h"
#include "plumbline/gradcheck.h"
#include "plumbline/graph.h"
#include "plumbline/model.h"
#include "plumbline/num.h"
#include "plumbline/op.h"
#include "plumbline/route.h"
#include "plumbline/run.h"
#include "plumbline/sink.h"
#include "plumbline/status.h"
#include "plumbline/subject.h"
#include "plumbline/tensor.h"
#include "plumbline/trainer.h"
#include "plumbline/work.h"
#endif
