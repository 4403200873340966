import numpy as np
import pytest
import torch

from ecgbook.errors import TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import predict


def test_rows_keep_their_order_whatever_the_batch(beats):
    x, rr, _ = beats
    model = create_model("beat_cnn", features=2).eval()
    with torch.no_grad():
        expected = model(torch.tensor(x), torch.tensor(rr)).numpy()
    for batch_size in (1, 7, 240, 1000):
        output = predict(model, x, rr, batch_size=batch_size)
        assert output.dtype == np.float32
        np.testing.assert_allclose(output, expected, atol=1e-5)


def test_it_is_in_eval_mode_and_leaves_the_mode_and_the_statistics(beats):
    x, rr, _ = beats
    model = create_model("beat_cnn", features=2, dropout=0.9).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    np.testing.assert_array_equal(predict(model, x, rr), predict(model, x, rr))
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_bad_input_is_refused(beats):
    x = beats[0].copy()
    model = create_model("beat_cnn")
    with pytest.raises(TrainingFailed, match="input 0 of the examples must be float32"):
        predict(model, x.astype(np.float64))
    with pytest.raises(TrainingFailed, match="input 0 of the examples is empty"):
        predict(model, x[:0])
    x[3] = np.nan
    with pytest.raises(TrainingFailed, match=r"input 0 .* NaN .*in 1 of 240 .*example 3"):
        predict(model, x)
