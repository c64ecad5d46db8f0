EXTRA_DIST += %D%/boxes/README.md %D%/boxes/heat.f90 %D%/boxes/layer.c %D%/boxes/layer.cc %D%/boxes/layer.mjs %D%/boxes/layer.rs \
	%D%/boxes/layer_plugin.c %D%/boxes/numpy_layer.py %D%/boxes/sklearn_loss.py %D%/boxes/torch_f32_twin.py %D%/boxes/torch_module.py
EXTRA_DIST += %D%/homework/README.md %D%/homework/layers.c %D%/homework/layers.h %D%/homework/layers.py %D%/homework/main.c
EXTRA_DIST += %D%/museum/README.md %D%/museum/museum.c %D%/museum/museum.py
