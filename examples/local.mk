EXTRA_DIST += %D%/boxes/README.md %D%/boxes/heat.f90 %D%/boxes/layer.c %D%/boxes/layer.cc %D%/boxes/layer.mjs %D%/boxes/layer.rs \
	%D%/boxes/layer_plugin.c %D%/boxes/numpy_layer.py %D%/boxes/sklearn_loss.py %D%/boxes/torch_f32_twin.py %D%/boxes/torch_module.py
EXTRA_DIST += %D%/homework/README.md %D%/homework/layers.c %D%/homework/layers.h %D%/homework/layers.py %D%/homework/main.c
EXTRA_DIST += %D%/museum/README.md %D%/museum/museum.c %D%/museum/museum.py
EXTRA_DIST += %D%/consumer/README.md %D%/consumer/configure.ac %D%/consumer/Makefile.am %D%/consumer/src/layer.c %D%/consumer/src/layer.h \
	%D%/consumer/tests/gradient.c %D%/consumer/tests/skip.sh
EXTRA_DIST += %D%/consumer-unlinked/README.md %D%/consumer-unlinked/COPYING %D%/consumer-unlinked/configure.ac %D%/consumer-unlinked/Makefile.am \
	%D%/consumer-unlinked/src/layer.c %D%/consumer-unlinked/src/layer.h %D%/consumer-unlinked/tests/softplus.c
EXTRA_DIST += %D%/trainers/README.md %D%/trainers/sklearn_mlp.py %D%/trainers/sklearn_sgd.py
