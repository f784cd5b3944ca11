// SPDX-License-Identifier: GPL-2.0-only
/* One call: checked, made, and what it changed taken down. */

#include <linux/arm-smccc.h>
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "shim.h"

int shim_smc(unsigned int pe, struct smccc_regs *regs)
{
	struct arm_smccc_1_2_regs args, res;

	BUILD_BUG_ON(sizeof(args) != sizeof(*regs));
	if (shim_rmm.loopback)
		return shim_loopback_call(pe, regs);
	memcpy(&args, regs, sizeof(args));
	arm_smccc_1_2_smc(&args, &res);
	memcpy(regs, &res, sizeof(res));
	return 0;
}

/* A call of the driver's own that needs no bookkeeping. @return the status; all errors are one. */
unsigned int shim_status(unsigned int pe, struct smccc_regs *regs)
{
	if (shim_smc(pe, regs))
		return RMI_ERROR_NOT_SUPPORTED;
	return rmi_status(regs->x[0]);
}

int shim_call(struct shim_file *sf, struct shim_call *call)
{
	int err;

	if (call->pe >= shim_rmm.num_pes)
		return -EINVAL;
	if (!call->internal && shim_loopback_is_server())
		return -EDEADLK;
	/* Registers behind X17 do not exist, and those above 32 bits of X0 do not count. */
	call->regs.x[0] = (u32)call->regs.x[0];
	/* REC_ENTER goes with the virtual CPU interface. */
	if (call->regs.x[0] == SMC_RMI_REC_ENTER)
		return -EINVAL;
	call->spare = kzalloc(sizeof(*call->spare), GFP_KERNEL_ACCOUNT);
	call->spare_op = kzalloc(sizeof(*call->spare_op), GFP_KERNEL_ACCOUNT);
	if (!call->spare || !call->spare_op) {
		err = -ENOMEM;
		goto free_spares;
	}
	/* What nobody waits for any more, a release, has to be done all the same. */
	if (call->internal) {
		mutex_lock(&sf->call_lock);
	} else if (mutex_lock_killable(&sf->call_lock)) {
		err = -EINTR;
		goto free_spares;
	}
	mutex_lock(&sf->lock);
	err = shim_check(sf, call);
	mutex_unlock(&sf->lock);
	call->sent = call->regs;
	if (!err)
		err = shim_smc(call->pe, &call->regs);
	mutex_lock(&sf->lock);
	if (!err)
		shim_settle(sf, call);
	shim_bounce_put(&call->bounce);
	if (call->over)
		shim_bounce_put(&call->op->bounce);
	mutex_unlock(&sf->lock);
	if (call->over) {
		if (call->op->doubtful)
			shim_probe_range(sf, call->pe, call->op->cmd.base, call->op->cmd.top);
		kfree(call->op);
	}
	mutex_unlock(&sf->call_lock);

free_spares:
	kfree(call->spare);
	kfree(call->spare_op);
	return err;
}

/*
 * Whether there is an RMM that speaks 2.0. The betas answer RMI_VERSION alike; RMI_RMM_STATE_GET
 * came with 2.0-bet3.
 */
int shim_probe_rmm(void)
{
	struct smccc_regs regs = {{SMC_RMI_VERSION, RMI_ABI_VERSION}};
	unsigned int l0gptsz;
	int err;

	err = shim_smc(0, &regs);
	if (err)
		return err;
	if (regs.x[0] == SMCCC_NOT_SUPPORTED)
		return -ENODEV;
	if (rmi_status(regs.x[0]) != RMI_SUCCESS) {
		pr_info("rmi-shim: the RMM speaks %llu.%llu to %llu.%llu, the driver 2.0\n",
		        regs.x[1] >> 16 & 0x7fff, regs.x[1] & 0xffff, regs.x[2] >> 16 & 0x7fff,
		        regs.x[2] & 0xffff);
		return -ENODEV;
	}
	shim_rmm.lower = regs.x[1];
	shim_rmm.higher = regs.x[2];

	regs = (struct smccc_regs){{SMC_RMI_RMM_STATE_GET}};
	err = shim_smc(0, &regs);
	if (err)
		return err;
	shim_rmm.revision = rmi_status(regs.x[0]) == RMI_SUCCESS ? RMI_REVISION_2_0_BET3
	                                                         : RMI_REVISION_2_0_BET1;

	regs = (struct smccc_regs){{SMC_RMI_FEATURES, 1}};
	err = shim_smc(0, &regs);
	if (err)
		return err;
	l0gptsz = RMI_FIELD_GET(regs.x[1], RMI_FEATURE_REGISTER_1_L0GPTSZ);
	shim_rmm.l0gpt_size = 1ULL << (30 + l0gptsz);
	return 0;
}
